// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page: one file, tables and inline SVG charts, nothing fetched.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define WIDTH		860
#define HEIGHT		300
#define LEFT		70
#define BOTTOM		40
#define TOP		20
#define RIGHT		160

static const char *const colours[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000",
				       "#e69f00", "#56b4e9", "#7f7f7f", "#994f00" };

#define COLOURS		(sizeof(colours) / sizeof(colours[0]))

/* Names of devices and machines come from outside. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			if ((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f)
				fputc(*text, out);
			else
				fputc('?', out);
		}
	}
}

static void put_bytes(FILE *out, double bytes)
{
	static const char *const units[] = { "", "k", "M", "G" };
	unsigned int unit = 0;

	while (bytes >= 1024 && unit < 3) {
		bytes /= 1024;
		unit++;
	}
	fprintf(out, "%.4g%s", bytes, units[unit]);
}

static void put_number(FILE *out, double number)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	unsigned int unit = 0;

	while (fabs(number) >= 1000 && unit < 4) {
		number /= 1000;
		unit++;
	}
	fprintf(out, "%.3g%s", number, units[unit]);
}

/* One point of a chart. */
struct point {
	double x;
	double y;
};

/* Both axes logarithmic: sizes, rates and times go over decades. */
struct chart {
	FILE *out;
	double x_low, x_high, y_low, y_high;
	unsigned int series;
};

static double chart_x(const struct chart *chart, double x)
{
	double span = log(chart->x_high / chart->x_low);

	return LEFT + (span > 0 ? log(x / chart->x_low) / span : 0.5) * (WIDTH - LEFT - RIGHT);
}

static double chart_y(const struct chart *chart, double y)
{
	double span = log(chart->y_high / chart->y_low);

	return HEIGHT - BOTTOM -
	       (span > 0 ? log(y / chart->y_low) / span : 0.5) * (HEIGHT - BOTTOM - TOP);
}

static void chart_begin(struct chart *chart, const char *title, const char *x, const char *y,
			bool x_is_bytes)
{
	FILE *out = chart->out;
	double at;

	fprintf(out, "<h2>%s</h2>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
		title, WIDTH, HEIGHT, title);
	for (at = pow(10, floor(log10(chart->y_low))); at <= chart->y_high * 1.0001; at *= 10) {
		if (at < chart->y_low * 0.9999)
			continue;
		fprintf(out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" class=\"grid\"/><text x=\"%d\" y=\"%.1f\" class=\"left\">",
			LEFT, WIDTH - RIGHT, chart_y(chart, at), chart_y(chart, at), LEFT - 6,
			chart_y(chart, at) + 4);
		put_number(out, at);
		fputs("</text>\n", out);
	}
	for (at = x_is_bytes ? chart->x_low : pow(10, ceil(log10(chart->x_low)));
	     at <= chart->x_high * 1.0001; at *= x_is_bytes ? 4 : 10) {
		fprintf(out, "<line y1=\"%d\" y2=\"%d\" x1=\"%.1f\" x2=\"%.1f\" class=\"grid\"/><text x=\"%.1f\" y=\"%d\" class=\"mid\">",
			TOP, HEIGHT - BOTTOM, chart_x(chart, at), chart_x(chart, at),
			chart_x(chart, at), HEIGHT - BOTTOM + 16);
		(x_is_bytes ? put_bytes : put_number)(out, at);
		fputs("</text>\n", out);
	}
	fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"mid\">%s</text><text x=\"%d\" y=\"%d\" class=\"mid\" transform=\"rotate(-90 14 %d)\">%s</text>\n",
		LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 4, x, 14, HEIGHT / 2, HEIGHT / 2, y);
}

static void chart_line(struct chart *chart, const char *name, const struct point *points,
		       unsigned int count, bool dots)
{
	const char *colour = colours[chart->series % COLOURS];
	FILE *out = chart->out;
	unsigned int i;

	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
	for (i = 0; i < count; i++)
		fprintf(out, "%s%.1f,%.1f", i ? " " : "", chart_x(chart, points[i].x),
			chart_y(chart, points[i].y));
	fputs("\"/>\n", out);
	for (i = 0; i < count && dots; i++)
		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
			chart_x(chart, points[i].x), chart_y(chart, points[i].y), colour);
	fprintf(out, "<rect x=\"%d\" y=\"%u\" width=\"10\" height=\"10\" fill=\"%s\"/><text x=\"%d\" y=\"%u\">%s</text>\n",
		WIDTH - RIGHT + 10, TOP + 18 * chart->series, colour, WIDTH - RIGHT + 26,
		TOP + 9 + 18 * chart->series, name);
	chart->series++;
}

static void chart_end(struct chart *chart)
{
	fputs("</svg>\n", chart->out);
}

static void widen(double value, double *low, double *high)
{
	if (!(value > 0))
		return;
	if (value < *low)
		*low = value;
	if (value > *high)
		*high = value;
}

/* A rate against the size, one line a mode, at one depth. */
static void put_rates(FILE *out, const struct bench *bench, unsigned int depth, bool bytes)
{
	struct chart chart = { out, INFINITY, 0, INFINITY, 0, 0 };
	struct point points[BENCH_LIST_MAX];
	unsigned int mode, i, n;
	char title[64];

	for (i = 0; i < bench->rows; i++) {
		struct bench_summary summary;

		bench_summarise(bench, &bench->row[i], &summary);
		widen(bench->row[i].size, &chart.x_low, &chart.x_high);
		widen(summary.rate * (bytes ? bench->row[i].size : 1), &chart.y_low, &chart.y_high);
	}
	if (!(chart.y_high > 0))
		return;
	chart.y_low = pow(10, floor(log10(chart.y_low)));
	chart.y_high = pow(10, ceil(log10(chart.y_high * 1.0001)));
	snprintf(title, sizeof(title), "%s per second, depth %u", bytes ? "Bytes" : "Transfers",
		 depth);
	chart_begin(&chart, title, "bytes of a transfer", bytes ? "bytes/s" : "transfers/s", true);
	for (mode = 0; mode < BENCH_MODES; mode++) {
		for (i = 0, n = 0; i < bench->rows && n < BENCH_LIST_MAX; i++) {
			const struct bench_row *row = &bench->row[i];
			struct bench_summary summary;

			if (row->mode != mode || !row->slices ||
			    (row->depth != depth && mode != BENCH_READ_BLOCKING))
				continue;
			bench_summarise(bench, row, &summary);
			if (summary.rate > 0)
				points[n++] = (struct point){ row->size, summary.rate *
							      (bytes ? row->size : 1) };
		}
		if (n)
			chart_line(&chart, bench_mode_name(mode), points, n, true);
	}
	chart_end(&chart);
}

/* Which share of the transfers took longer than a time. */
static void put_latencies(FILE *out, const struct bench *bench, unsigned int size,
			  unsigned int depth)
{
	struct chart chart = { out, INFINITY, 0, 1e-6, 1, 0 };
	static struct point points[HISTOGRAM_BUCKETS];
	unsigned int i, k, n;
	char title[96];

	for (i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];

		if (row->size == size && row->total.count && row->mode != BENCH_MEMCPY) {
			widen((double)histogram_quantile(&row->total, 0), &chart.x_low,
			      &chart.x_high);
			widen((double)row->total.max, &chart.x_low, &chart.x_high);
		}
	}
	if (!(chart.x_high > 0))
		return;
	snprintf(title, sizeof(title), "Share of transfers that took longer, %u bytes, depth %u",
		 size, depth);
	chart_begin(&chart, title, "ns from submission to the user", "share", false);
	for (i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];
		uint64_t seen = 0;

		if (row->size != size || !row->total.count || row->mode == BENCH_MEMCPY ||
		    (row->depth != depth && row->mode != BENCH_READ_BLOCKING))
			continue;
		for (k = 0, n = 0; k < HISTOGRAM_BUCKETS; k++) {
			double share;

			if (!row->total.bucket[k])
				continue;
			share = 1 - (double)seen / (double)row->total.count;
			seen += row->total.bucket[k];
			points[n++] = (struct point){ fmax(1, (double)histogram_value(k)),
						      fmax(share, 1e-6) };
		}
		chart_line(&chart, bench_mode_name(row->mode), points, n, false);
	}
	chart_end(&chart);
}

static void put_cell(FILE *out, double value, const char *format)
{
	fputs("<td>", out);
	if (isfinite(value))
		fprintf(out, format, value);
	else
		fputs("-", out);
	fputs("</td>", out);
}

static void put_latency_cells(FILE *out, const struct histogram *histogram)
{
	static const double shares[] = { 0.5, 0.9, 0.99, 0.999 };
	unsigned int i;

	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		put_cell(out, histogram->count ?
			 (double)histogram_quantile(histogram, shares[i]) / 1e3 : NAN, "%.1f");
	put_cell(out, histogram->count ? (double)histogram->max / 1e3 : NAN, "%.1f");
}

static void put_table(FILE *out, const struct bench *bench)
{
	static const char *const heads[] = {
		"mode", "size", "depth", "transfers", "transfers/s", "MB/s", "ratio to floor",
		"system calls/1000", "wake-ups/1000", "user s", "system s", "p50 µs", "p90",
		"p99", "p99.9", "max", "to completion p50 µs", "to the user p50 µs", "errors"
	};
	unsigned int i;

	fputs("<h2>Rows</h2>\n<table><tr>", out);
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		fprintf(out, "<th>%s</th>", heads[i]);
	fputs("</tr>\n", out);
	for (i = 0; i < bench->rows; i++) {
		const struct bench_row *row = &bench->row[i];
		bool ours = row->mode != BENCH_KERNEL_FLOOR && row->mode != BENCH_MEMCPY;
		struct bench_summary summary;

		if (!row->slices)
			continue;
		bench_summarise(bench, row, &summary);
		fprintf(out, "<tr><th>%s</th><td>%u</td><td>%u</td><td>%llu</td>",
			bench_mode_name(row->mode), row->size, row->depth,
			(unsigned long long)summary.transfers);
		put_cell(out, summary.rate, "%.0f");
		put_cell(out, summary.rate * row->size / 1e6, "%.1f");
		put_cell(out, summary.ratio, "%.3f");
		put_cell(out, ours ? summary.syscalls : NAN, "%.1f");
		put_cell(out, ours ? summary.wakeups : NAN, "%.1f");
		put_cell(out, summary.user_s, "%.2f");
		put_cell(out, summary.sys_s, "%.2f");
		put_latency_cells(out, &row->total);
		put_cell(out, row->work.count ?
			 (double)histogram_quantile(&row->work, 0.5) / 1e3 : NAN, "%.1f");
		put_cell(out, row->wake.count ?
			 (double)histogram_quantile(&row->wake, 0.5) / 1e3 : NAN, "%.1f");
		fprintf(out, "<td>%llu</td></tr>\n", (unsigned long long)summary.errors);
	}
	fputs("</table>\n", out);
}

static const char style[] =
	"body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em;color:#222;background:#fff}"
	"table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}"
	"th,td{padding:.2em .6em;border-bottom:1px solid #ddd;text-align:right}"
	"th{text-align:left}.caveat{border-left:4px solid #d55e00;padding-left:1em}"
	"svg{width:100%;height:auto;font-size:12px}"
	".grid{stroke:#ddd}.left{text-anchor:end}.mid{text-anchor:middle}";

/**
 * bench_write_html() - write the page
 * @bench:	everything
 * @path:	where to
 *
 * It is well-formed XML, too.
 *
 * Return: 0, or -errno after a message.
 */
int bench_write_html(const struct bench *bench, const char *path)
{
	const struct bench_plan *plan = &bench->plan;
	FILE *out = fopen(path, "we");
	char machine[256];
	unsigned int i;
	int err = 0;

	if (!out) {
		err = -errno;
		bench_message("open %s: %s", path, strerror(errno));
		return err;
	}
	fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta charset=\"utf-8\"/><title>dmaring bench: ",
	      out);
	put_text(out, bench->target.name);
	fprintf(out, "</title><style>%s</style></head><body>\n<h1>dmaring bench: ", style);
	put_text(out, bench->target.name);
	fputs("</h1>\n<p>", out);
	put_text(out, bench_machine(machine, sizeof(machine)));
	fprintf(out, ", dmaring %s; medians of %u rounds, the order of the rows turned round in every other one.</p>\n<p class=\"caveat\">%s</p>\n",
		dmaring_version(), bench->rounds_done, bench_caveat(bench));
	if (plan->rate)
		fprintf(out, "<p>%llu transfers a second were due; latency counts from then, whether they could start or not.</p>\n",
			(unsigned long long)plan->rate);
	fputs(bench->target.copy ? "<p>A transfer is a copy.</p>\n" :
	      "<p>A transfer is a send and the receive that it ends in.</p>\n", out);
	for (i = 0; i < plan->depth_count; i++) {
		put_rates(out, bench, plan->depths[i], false);
		put_rates(out, bench, plan->depths[i], true);
	}
	for (i = 0; i < plan->size_count; i++)
		put_latencies(out, bench, plan->sizes[i], plan->depths[plan->depth_count - 1]);
	put_table(out, bench);
	fputs("</body></html>\n", out);
	if (fflush(out) || ferror(out)) {
		err = -EIO;
		bench_message("write %s: %s", path, strerror(errno));
	}
	fclose(out);
	return err;
}
