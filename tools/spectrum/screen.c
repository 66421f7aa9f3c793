// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the terminal while it plays: bars over a frequency axis, the past below
 * them if wanted, and a progress line on a terminal; now and then a line of text
 * where there is none.
 *
 * One thread may add blocks while another shows them, however long that takes:
 * what was strongest since the last update is shown then.
 *
 * The frequency axis of a real signal is logarithmic, as is usual for sound;
 * that of a complex signal is linear, for it has negative frequencies.
 */
#include "screen.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "axis.h"
#include "colour.h"
#include "message.h"
#include "waterfall.h"

#define UPDATE_NS	100000000ULL	/* of the live view */
#define LINE_NS		10000000000ULL	/* at least a line of text in that time */
#define ROW_NS		500000000ULL	/* of a waterfall of text */
#define STRIP_COLUMNS	64		/* its width */
#define TOP_DB		0.0
#define RANGE_DB	90.0
#define FALL_DB		4.0		/* a bar falls by it from one update to the next */
#define LOW_HZ		50.0		/* where the logarithmic axis begins */
#define MARGIN		7		/* columns left of the bars */
#define BELOW		4		/* rows below the bars: axis, labels, two lines */
#define ABOVE		2		/* rows above */
#define SHADES		16
#define COLUMNS_MAX	WATERFALL_COLUMNS_MAX
#define BARS_PART	3		/* of the rows, where there is a waterfall too */

/**
 * struct screen - the view
 * @caption:	what does not change
 * @spectrogram: where the newest block is
 * @terminal:	ncurses; NULL: lines of text
 * @file:	what the terminal is written to
 * @has_keys:	standard input is a terminal too
 * @fancy:	the character set has eighth blocks
 * @shades:	colours for levels; 0: none
 * @lock:	for @peak
 * @peak:	strongest power of each row since the last update
 * @shown:	the same until the last update
 * @waterfall:	the past; empty unless wanted
 * @bar_db:	height of each bar
 * @updated_ns:	time of the last update
 * @line_s:	signal time of the last line of text
 */
struct screen {
	struct screen_caption caption;
	const struct spectrogram *spectrogram;
	SCREEN *terminal;
	FILE *file;
	bool has_keys;
	bool fancy;
	int shades;
	pthread_mutex_t lock;
	float *peak;
	float *shown;
	struct waterfall waterfall;
	float bar_db[COLUMNS_MAX];
	uint64_t updated_ns;
	double line_s;
};

static bool terminal_is_capable(void)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb");
}

static int xterm_cube(struct colour c)
{
	return 16 + 36 * ((c.red + 25) / 51) + 6 * ((c.green + 25) / 51) + (c.blue + 25) / 51;
}

static void init_colours(struct screen *screen)
{
	int i;

	if (getenv("NO_COLOR") || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	if (COLORS < 256) {
		init_pair(1, COLOR_BLUE, -1);
		init_pair(2, COLOR_MAGENTA, -1);
		init_pair(3, COLOR_RED, -1);
		init_pair(4, COLOR_YELLOW, -1);
		screen->shades = 4;
		return;
	}
	screen->shades = SHADES;
	for (i = 0; i < SHADES; i++)
		/* The darkest quarter could not be told from a black background. */
		init_pair(1 + i, xterm_cube(colour_of(0.25 + 0.75 * i / (SHADES - 1))), -1);
}

static bool open_terminal(struct screen *screen)
{
	screen->file = isatty(STDOUT_FILENO) ? stdout : stderr;
	if (!isatty(fileno(screen->file)) || !terminal_is_capable())
		return false;
	setlocale(LC_CTYPE, "");
	screen->terminal = newterm(NULL, screen->file, stdin);
	if (!screen->terminal)
		return false;
	screen->fancy = MB_CUR_MAX > 1;
	screen->has_keys = isatty(STDIN_FILENO);
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	typeahead(-1);	/* or it polls the keyboard again and again while it writes */
	curs_set(0);
	init_colours(screen);
	message_hold();
	return true;
}

/**
 * screen_close() - give the terminal back
 * @screen: may be NULL
 */
void screen_close(struct screen *screen)
{
	if (!screen)
		return;
	if (screen->terminal) {
		endwin();
		delscreen(screen->terminal);
		message_release();
	}
	waterfall_destroy(&screen->waterfall);
	pthread_mutex_destroy(&screen->lock);
	free(screen->peak);
	free(screen->shown);
	free(screen);
}

/**
 * screen_input_fd() - where keys come from
 * @screen: the view
 *
 * Return: a file descriptor for epoll, -1 if no keys are read.
 */
int screen_input_fd(const struct screen *screen)
{
	return screen->has_keys ? STDIN_FILENO : -1;
}

/**
 * screen_wants_to_stop() - read the keys that were pressed
 * @screen: the view
 *
 * Return: true if the user pressed q or Escape.
 */
bool screen_wants_to_stop(struct screen *screen)
{
	int key;

	if (!screen->terminal)
		return false;
	while ((key = getch()) != ERR)
		if (key == 'q' || key == 'Q' || key == 27)
			return true;
	return false;
}

/**
 * screen_set_rate() - the axis is of another rate
 * @screen:	the view
 * @rate:	frames per second
 */
void screen_set_rate(struct screen *screen, double rate)
{
	screen->caption.rate = rate;
}

/**
 * screen_add_block() - take the newest block of the spectrogram in
 * @screen: the view
 */
void screen_add_block(struct screen *screen)
{
	unsigned int i;

	pthread_mutex_lock(&screen->lock);
	for (i = 0; i < screen->spectrogram->rows; i++)
		if (screen->spectrogram->line[i] > screen->peak[i])
			screen->peak[i] = screen->spectrogram->line[i];
	pthread_mutex_unlock(&screen->lock);
}

/* What has come since the last time is what is shown now. */
static void take_peaks(struct screen *screen)
{
	float *peak;

	pthread_mutex_lock(&screen->lock);
	peak = screen->peak;
	screen->peak = screen->shown;
	screen->shown = peak;
	memset(screen->peak, 0, screen->spectrogram->rows * sizeof(*peak));
	pthread_mutex_unlock(&screen->lock);
}

static double strongest(const struct screen *screen, double *db)
{
	const struct spectrogram *s = screen->spectrogram;
	double low = spectrogram_low_hz(s, screen->caption.rate);
	double high = spectrogram_high_hz(s, screen->caption.rate);
	unsigned int i, best = 0;

	for (i = 1; i < s->rows; i++)
		if (screen->shown[i] > screen->shown[best])
			best = i;
	*db = spectrogram_db(screen->shown[best]);
	return low + best * (high - low) / s->rows;
}

/* Frequency at a place of the axis, 0 .. 1. */
static double hz_at(const struct screen *screen, double place)
{
	double low = spectrogram_low_hz(screen->spectrogram, screen->caption.rate);
	double high = spectrogram_high_hz(screen->spectrogram, screen->caption.rate);

	if (low < 0)
		return low + place * (high - low);
	low = high > 4 * LOW_HZ ? LOW_HZ : high / 4;
	return low * pow(high / low, place);
}

static double place_of(const struct screen *screen, double hz)
{
	double low = spectrogram_low_hz(screen->spectrogram, screen->caption.rate);
	double high = spectrogram_high_hz(screen->spectrogram, screen->caption.rate);

	if (low < 0)
		return (hz - low) / (high - low);
	low = high > 4 * LOW_HZ ? LOW_HZ : high / 4;
	return log(hz / low) / log(high / low);
}

/* Part of the range of levels. */
static double level_of(double db)
{
	double level = (db - TOP_DB + RANGE_DB) / RANGE_DB;

	return fmin(fmax(level, 0), 1);
}

/* The strongest row of a column, or between two rows what lies between them. */
static double column_db(const struct screen *screen, int column, int columns)
{
	const struct spectrogram *s = screen->spectrogram;
	double low = spectrogram_low_hz(s, screen->caption.rate);
	double high = spectrogram_high_hz(s, screen->caption.rate);
	double per_hz = s->rows / (high - low);
	double from = (hz_at(screen, (double)column / columns) - low) * per_hz;
	double to = (hz_at(screen, (column + 1.0) / columns) - low) * per_hz;
	float power = 0;
	unsigned int i;

	if (to - from < 1) {
		double middle = (from + to) / 2;
		unsigned int below = middle;
		double part = middle - below;
		unsigned int above = below + 1 < s->rows ? below + 1 : below;

		return (1 - part) * spectrogram_db(screen->shown[below]) +
		       part * spectrogram_db(screen->shown[above]);
	}
	for (i = from; i < to && i < s->rows; i++)
		if (screen->shown[i] > power)
			power = screen->shown[i];
	return spectrogram_db(power);
}

static void print_line(struct screen *screen, const struct screen_progress *p)
{
	char total[32] = "", strip[STRIP_COLUMNS + 1] = "";
	double db, hz = strongest(screen, &db);
	int i;

	if (screen->caption.total_s > 0)
		snprintf(total, sizeof(total), " of %.1f", screen->caption.total_s);
	for (i = 0; screen->caption.waterfall && i < STRIP_COLUMNS; i++)
		strip[i] = waterfall_letter(level_of(column_db(screen, i, STRIP_COLUMNS)));
	fprintf(screen->file, "%6.1f%s s  %s%s%s%s; strongest %.0f Hz, %.0f dB\n", p->played_s,
		total, *strip ? "|" : "", strip, *strip ? "|  " : "", p->status, hz, db);
}

static void draw_bar(struct screen *screen, int column, int rows, double db)
{
	static const char *const eighths[] = {
		" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█",
	};
	int height = lrint((db - TOP_DB + RANGE_DB) / RANGE_DB * rows * 8);
	int row;

	for (row = 0; row < rows; row++) {
		int part = height - 8 * row;
		int shade = screen->shades ? 1 + row * screen->shades / rows : 0;

		if (part < 0)
			part = 0;
		if (part > 8)
			part = 8;
		move(ABOVE + rows - 1 - row, MARGIN + column);
		if (shade)
			attron(COLOR_PAIR(shade));
		if (screen->fancy)
			addstr(eighths[part]);
		else
			addch(part > 5 ? '#' : part > 1 ? '.' : ' ');
		if (shade)
			attroff(COLOR_PAIR(shade));
	}
}

static void draw_level_axis(const struct screen *screen, int rows)
{
	double step = axis_step(RANGE_DB, rows / 2);
	double db;
	int row;

	for (row = 0; row < rows; row++)
		mvaddstr(ABOVE + row, MARGIN - 1, screen->fancy ? "│" : "|");
	for (db = TOP_DB; db > TOP_DB - RANGE_DB; db -= step)
		mvprintw(ABOVE + (int)lrint((TOP_DB - db) / RANGE_DB * rows), 0, "%5.0f", db);
	mvaddstr(ABOVE - 1, 2, "dBFS");
}

static void tick(const struct screen *screen, int row, int columns, double hz, int *free_from)
{
	int column = lrint(place_of(screen, hz) * columns - 0.5);
	int width, start;
	char text[24];

	if (column < 0 || column >= columns)
		return;
	mvaddstr(row, MARGIN + column, screen->fancy ? "┴" : "+");
	width = snprintf(text, sizeof(text), "%.0f", hz);
	start = MARGIN + column - width / 2;
	if (start + width > MARGIN + columns)
		start = MARGIN + columns - width;
	if (start < *free_from || start + width > MARGIN + columns - 3)
		return;
	mvaddstr(row + 1, start, text);
	*free_from = start + width + 1;
}

static void draw_frequency_axis(const struct screen *screen, int row, int columns)
{
	static const int steps[] = { 1, 2, 5 };
	double low = hz_at(screen, 0), high = hz_at(screen, 1);
	int free_from = 0;
	double hz, step;
	int i;

	mvaddstr(row, MARGIN - 1, screen->fancy ? "└" : "+");
	for (i = 0; i < columns; i++)
		mvaddstr(row, MARGIN + i, screen->fancy ? "─" : "-");
	mvaddstr(row + 1, MARGIN + columns - 2, "Hz");
	if (low < 0) {
		step = axis_step(high - low, columns / 10);
		for (hz = axis_first(low, step); hz <= high; hz += step)
			tick(screen, row, columns, hz, &free_from);
		return;
	}
	for (step = 1; step <= high; step *= 10)
		for (i = 0; i < 3; i++)
			if (steps[i] * step >= low && steps[i] * step <= high)
				tick(screen, row, columns, steps[i] * step, &free_from);
}

static void draw_progress(const struct screen *screen, const struct screen_progress *p, int row)
{
	double part = screen->caption.total_s > 0 ? p->played_s / screen->caption.total_s : 0;
	int width = COLS - 30, i;

	move(row, 0);
	clrtoeol();
	printw(" %6.1f s", p->played_s);
	if (screen->caption.total_s > 0) {
		addch(' ');
		for (i = 0; i < width; i++) {
			if (screen->fancy)
				addstr(i < part * width ? "━" : "─");
			else
				addch(i < part * width ? '=' : '-');
		}
		printw(" %6.1f s", screen->caption.total_s);
	}
	addstr("   q: end");
	move(row + 1, 0);
	clrtoeol();
	addch(' ');
	addnstr(p->status, COLS - 2);
}

static void draw(struct screen *screen, const struct screen_progress *progress)
{
	int rows = LINES - ABOVE - BELOW, past = 0;
	int columns = COLS - MARGIN - 1;
	int i;

	if (screen->caption.waterfall) {
		past = rows - rows / BARS_PART;
		rows -= past;
	}

	if (columns > COLUMNS_MAX)
		columns = COLUMNS_MAX;
	if (rows < 2 || columns < 20) {
		mvaddstr(0, 0, "The terminal is too small for a spectrum.");
		refresh();
		return;
	}
	attron(A_BOLD);
	mvaddnstr(0, 1, screen->caption.title, COLS - 2);
	attroff(A_BOLD);
	mvaddnstr(1, MARGIN, screen->caption.input, columns);
	draw_level_axis(screen, rows);
	for (i = 0; i < columns; i++) {
		double db = column_db(screen, i, columns);
		float *bar = &screen->bar_db[i];

		*bar = db > *bar - FALL_DB ? db : *bar - FALL_DB;
		if (*bar < TOP_DB - RANGE_DB)
			*bar = TOP_DB - RANGE_DB;
		draw_bar(screen, i, rows, *bar);
	}
	draw_frequency_axis(screen, ABOVE + rows, columns);
	if (past) {
		double level[COLUMNS_MAX];

		for (i = 0; i < columns; i++)
			level[i] = level_of(column_db(screen, i, columns));
		waterfall_add(&screen->waterfall, level, columns);
		/* Below the labels of the axis. */
		waterfall_draw(&screen->waterfall, ABOVE + rows + 2, MARGIN, past, screen->shades,
			       screen->fancy);
	}
	draw_progress(screen, progress, LINES - 2);
	refresh();
}

/**
 * screen_open() - take over the terminal, if there is one
 * @out:	the view
 * @caption:	what does not change; the texts must outlive the view
 * @spectrogram: where screen_add_block() finds the newest block
 * @plain:	lines of text even on a terminal
 *
 * Return: 0 or -ENOMEM.
 */
int screen_open(struct screen **out, const struct screen_caption *caption,
		const struct spectrogram *spectrogram, bool plain)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	struct screen_progress nothing = { .status = "" };
	int i;

	if (!screen)
		return -ENOMEM;
	screen->caption = *caption;
	screen->spectrogram = spectrogram;
	pthread_mutex_init(&screen->lock, NULL);
	screen->peak = calloc(spectrogram->rows, sizeof(*screen->peak));
	screen->shown = calloc(spectrogram->rows, sizeof(*screen->shown));
	if (!screen->peak || !screen->shown ||
	    (caption->waterfall && waterfall_init(&screen->waterfall) < 0)) {
		screen_close(screen);
		return -ENOMEM;
	}
	for (i = 0; i < COLUMNS_MAX; i++)
		screen->bar_db[i] = TOP_DB - RANGE_DB;
	if (plain || !open_terminal(screen)) {
		screen->file = stderr;
		fprintf(stderr, "%s\n%s\n", caption->title, caption->input);
	} else {
		draw(screen, &nothing);
	}
	*out = screen;
	return 0;
}

static bool line_is_due(const struct screen *screen, const struct screen_progress *p,
			uint64_t now_ns)
{
	double step = screen->caption.total_s > 0 ? screen->caption.total_s / 10 : 1;

	if (screen->caption.waterfall)
		return now_ns - screen->updated_ns >= ROW_NS;
	return p->played_s >= screen->line_s + step || now_ns - screen->updated_ns >= LINE_NS;
}

/**
 * screen_is_due() - whether it is time to show something
 * @screen:	the view
 * @progress:	how it stands
 * @now_ns:	the time, on any clock that does not jump
 */
bool screen_is_due(struct screen *screen, const struct screen_progress *progress, uint64_t now_ns)
{
	if (screen->updated_ns == 0)
		screen->updated_ns = now_ns;
	if (screen->terminal)
		return now_ns - screen->updated_ns >= UPDATE_NS;
	return line_is_due(screen, progress, now_ns);
}

/**
 * screen_update() - show how it stands
 * @screen:	the view
 * @progress:	how it stands
 * @now_ns:	the time, as for screen_is_due()
 */
void screen_update(struct screen *screen, const struct screen_progress *progress, uint64_t now_ns)
{
	take_peaks(screen);
	if (screen->terminal)
		draw(screen, progress);
	else
		print_line(screen, progress);
	screen->line_s = progress->played_s;
	screen->updated_ns = now_ns;
}
