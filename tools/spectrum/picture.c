// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the spectrogram's PNG file: the picture, its axes in seconds and hertz,
 * and the colour bar in dB of full scale.
 */
#include "picture.h"

#include <cairo.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "axis.h"
#include "colour.h"
#include "message.h"

#define WIDTH		1400
#define HEIGHT		760
#define LEFT		124
#define TOP		84
#define PLOT_WIDTH	1128
#define PLOT_HEIGHT	600
#define BAR_LEFT	(LEFT + PLOT_WIDTH + 36)
#define BAR_WIDTH	22
#define TICK		6
#define RANGE_MIN_DB	40
#define RANGE_MAX_DB	90
#define LEVELS		200	/* of 1 dB, for finding the range */

#define FONT		"DejaVu Sans"

enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

static void text_at(cairo_t *cr, double x, double y, enum align align, const char *text)
{
	cairo_text_extents_t extents;

	cairo_text_extents(cr, text, &extents);
	cairo_move_to(cr, x - align * extents.x_advance / 2, y);
	cairo_show_text(cr, text);
}

static void line(cairo_t *cr, double x0, double y0, double x1, double y1)
{
	/* Half a pixel: lines of width 1 are sharp on pixel centres only. */
	cairo_move_to(cr, x0 + 0.5, y0 + 0.5);
	cairo_line_to(cr, x1 + 0.5, y1 + 0.5);
	cairo_stroke(cr);
}

/**
 * struct range - levels that the colours stand for
 * @top_db:	the brightest
 * @bottom_db:	the darkest
 */
struct range {
	double top_db;
	double bottom_db;
};

/* From above the strongest level to below the noise, in whole tens of dB. */
static struct range find_range(const struct spectrogram *s)
{
	size_t i, n = (size_t)s->columns * s->rows, below = 0;
	size_t count[LEVELS] = { 0 };
	float strongest = 0;
	struct range range;
	int level;

	for (i = 0; i < n; i++) {
		level = -spectrogram_db(s->power[i]);
		count[level < 0 ? 0 : level < LEVELS ? level : LEVELS - 1]++;
		if (s->power[i] > strongest)
			strongest = s->power[i];
	}
	/* The weakest hundredth tells nothing: noise has no lower end. */
	for (level = LEVELS - 1; level > 0 && below + count[level] <= n / 100; level--)
		below += count[level];
	range.top_db = ceil(spectrogram_db(strongest) / 10 - 1e-6) * 10;
	range.bottom_db = -ceil(level / 10.0) * 10;
	range.bottom_db = fmin(range.bottom_db, range.top_db - RANGE_MIN_DB);
	range.bottom_db = fmax(range.bottom_db, range.top_db - RANGE_MAX_DB);
	return range;
}

/* Mean over the columns and strongest of the rows that fall on a pixel. */
static float pixel_power(const struct spectrogram *s, unsigned int x, unsigned int y)
{
	unsigned int c0 = (uint64_t)x * s->columns / PLOT_WIDTH;
	unsigned int c1 = (uint64_t)(x + 1) * s->columns / PLOT_WIDTH;
	unsigned int r0 = (uint64_t)y * s->rows / PLOT_HEIGHT;
	unsigned int r1 = (uint64_t)(y + 1) * s->rows / PLOT_HEIGHT;
	unsigned int c, r;
	float sum = 0;

	if (c1 == c0)
		c1 = c0 + 1;
	if (r1 == r0)
		r1 = r0 + 1;
	for (c = c0; c < c1; c++) {
		float strongest = 0;

		for (r = r0; r < r1; r++)
			if (s->power[(size_t)c * s->rows + r] > strongest)
				strongest = s->power[(size_t)c * s->rows + r];
		sum += strongest;
	}
	return sum / (c1 - c0);
}

static void put_pixel(cairo_surface_t *image, unsigned int x, unsigned int y, struct colour colour)
{
	unsigned char *row = cairo_image_surface_get_data(image) +
			     (size_t)y * cairo_image_surface_get_stride(image);

	((uint32_t *)row)[x] = (uint32_t)colour.red << 16 | colour.green << 8 | colour.blue;
}

static void draw_levels(cairo_t *cr, const struct spectrogram *s, struct range range)
{
	cairo_surface_t *image;
	double span = range.top_db - range.bottom_db;
	unsigned int x, y;

	image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, PLOT_WIDTH, PLOT_HEIGHT);
	if (s->columns && cairo_surface_status(image) == CAIRO_STATUS_SUCCESS) {
		cairo_surface_flush(image);
		for (y = 0; y < PLOT_HEIGHT; y++)
			for (x = 0; x < PLOT_WIDTH; x++) {
				float power = pixel_power(s, x, PLOT_HEIGHT - 1 - y);
				double db = spectrogram_db(power);

				put_pixel(image, x, y, colour_of((db - range.bottom_db) / span));
			}
		cairo_surface_mark_dirty(image);
		cairo_set_source_surface(cr, image, LEFT, TOP);
		cairo_paint(cr);
	}
	cairo_surface_destroy(image);
}

/* With a minus sign as wide as the digits, which a hyphen is not. */
static void number(double value, double step, char *text, size_t size)
{
	char plain[24];

	axis_label(value, step, plain, sizeof(plain));
	if (plain[0] == '-')
		snprintf(text, size, "\xe2\x88\x92%s", plain + 1);
	else
		snprintf(text, size, "%s", plain);
}

static void draw_bar(cairo_t *cr, struct range range)
{
	double span = range.top_db - range.bottom_db;
	double db, y;
	char text[32];
	int i;

	for (i = 0; i < PLOT_HEIGHT; i++) {
		struct colour c = colour_of(1 - (i + 0.5) / PLOT_HEIGHT);

		cairo_set_source_rgb(cr, c.red / 255.0, c.green / 255.0, c.blue / 255.0);
		cairo_rectangle(cr, BAR_LEFT, TOP + i, BAR_WIDTH, 1);
		cairo_fill(cr);
	}
	cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
	cairo_rectangle(cr, BAR_LEFT - 0.5, TOP - 0.5, BAR_WIDTH + 1, PLOT_HEIGHT + 1);
	cairo_stroke(cr);
	for (db = range.top_db; db >= range.bottom_db - 0.5; db -= 10) {
		y = round(TOP + (range.top_db - db) / span * PLOT_HEIGHT);
		line(cr, BAR_LEFT + BAR_WIDTH, y, BAR_LEFT + BAR_WIDTH + TICK, y);
		number(db, 10, text, sizeof(text));
		text_at(cr, BAR_LEFT + BAR_WIDTH + 42, y + 5, ALIGN_RIGHT, text);
	}
	cairo_save(cr);
	cairo_translate(cr, WIDTH - 12, TOP + PLOT_HEIGHT / 2.0);
	cairo_rotate(cr, -M_PI / 2);
	text_at(cr, 0, 0, ALIGN_CENTRE, "Level (dB of full scale)");
	cairo_restore(cr);
}

static void draw_axes(cairo_t *cr, const struct spectrogram *s, const struct picture *p)
{
	double low = spectrogram_low_hz(s, p->rate);
	double high = spectrogram_high_hz(s, p->rate);
	double step, value;
	char text[32];

	cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
	cairo_rectangle(cr, LEFT - 0.5, TOP - 0.5, PLOT_WIDTH + 1, PLOT_HEIGHT + 1);
	cairo_stroke(cr);

	step = axis_step(p->seconds, 14);
	for (value = 0; value <= p->seconds * (1 + 1e-9); value += step) {
		double x = round(LEFT + value / p->seconds * PLOT_WIDTH);

		line(cr, x, TOP + PLOT_HEIGHT, x, TOP + PLOT_HEIGHT + TICK);
		number(value, step, text, sizeof(text));
		text_at(cr, x, TOP + PLOT_HEIGHT + 24, ALIGN_CENTRE, text);
	}
	text_at(cr, LEFT + PLOT_WIDTH / 2.0, TOP + PLOT_HEIGHT + 52, ALIGN_CENTRE, "Time (s)");

	step = axis_step(high - low, 14);
	for (value = axis_first(low, step); value <= high + step * 1e-6; value += step) {
		double y = round(TOP + PLOT_HEIGHT - (value - low) / (high - low) * PLOT_HEIGHT);

		line(cr, LEFT - TICK, y, LEFT, y);
		number(value, step, text, sizeof(text));
		text_at(cr, LEFT - TICK - 6, y + 5, ALIGN_RIGHT, text);
	}
	cairo_save(cr);
	cairo_translate(cr, 22, TOP + PLOT_HEIGHT / 2.0);
	cairo_rotate(cr, -M_PI / 2);
	text_at(cr, 0, 0, ALIGN_CENTRE, "Frequency (Hz)");
	cairo_restore(cr);
}

static void draw_title(cairo_t *cr, const struct picture *p)
{
	cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
	cairo_select_font_face(cr, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
	cairo_set_font_size(cr, 20);
	text_at(cr, LEFT, 36, ALIGN_LEFT, p->title);
	cairo_select_font_face(cr, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, 14);
	cairo_set_source_rgb(cr, 0.35, 0.35, 0.35);
	text_at(cr, LEFT, 62, ALIGN_LEFT, p->subtitle);
}

/**
 * picture_write() - draw a spectrogram and write it as PNG
 * @path:	of the file
 * @s:		finished spectrogram
 * @picture:	what is written around it
 *
 * Return: 0 or -EIO; what was wrong has been said on stderr.
 */
int picture_write(const char *path, const struct spectrogram *s, const struct picture *picture)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
	cairo_t *cr = cairo_create(surface);
	struct range range = find_range(s);
	cairo_status_t status;

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_set_line_width(cr, 1);
	draw_title(cr, picture);
	cairo_set_font_size(cr, 14);
	draw_levels(cr, s, range);
	draw_axes(cr, s, picture);
	draw_bar(cr, range);

	status = cairo_status(cr);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png(surface, path);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	if (status != CAIRO_STATUS_SUCCESS) {
		message("%s: %s", path, cairo_status_to_string(status));
		return -EIO;
	}
	return 0;
}
