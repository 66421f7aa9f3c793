// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns the waterfall: a row of levels for each update, the newest on top.
 */
#include "waterfall.h"

#include <curses.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_MAX	255

/**
 * waterfall_init() - begin an empty waterfall
 * @waterfall:	what to fill in
 *
 * Return: 0 or -ENOMEM.
 */
int waterfall_init(struct waterfall *waterfall)
{
	memset(waterfall, 0, sizeof(*waterfall));
	waterfall->levels = malloc(WATERFALL_ROWS_MAX * WATERFALL_COLUMNS_MAX);
	return waterfall->levels ? 0 : -ENOMEM;
}

/**
 * waterfall_destroy() - free what waterfall_init() took
 * @waterfall: may be empty
 */
void waterfall_destroy(struct waterfall *waterfall)
{
	free(waterfall->levels);
	waterfall->levels = NULL;
}

/**
 * waterfall_add() - the next row
 * @waterfall:	the waterfall
 * @level:	levels from 0 to 1
 * @columns:	their number; if it is another one the past is forgotten
 */
void waterfall_add(struct waterfall *waterfall, const double *level, int columns)
{
	uint8_t *row;
	int i;

	if (columns != waterfall->columns) {
		waterfall->columns = columns;
		waterfall->added = 0;
	}
	row = waterfall->levels + waterfall->added++ % WATERFALL_ROWS_MAX * WATERFALL_COLUMNS_MAX;
	for (i = 0; i < columns; i++)
		row[i] = lrint(level[i] * LEVEL_MAX);
}

/**
 * waterfall_letter() - a level where there are no colours
 * @level:	from 0 to 1
 *
 * Return: a character, the fuller the higher the level.
 */
char waterfall_letter(double level)
{
	static const char letters[] = " .:-=+*#%@";

	return letters[lrint(level * (sizeof(letters) - 2))];
}

static void draw_cell(uint8_t level, int shades, bool fancy)
{
	int shade = level * shades / LEVEL_MAX;

	if (!shades || !fancy) {
		addch(waterfall_letter((double)level / LEVEL_MAX));
		return;
	}
	if (!shade) {
		addch(' ');
		return;
	}
	attron(COLOR_PAIR(shade));
	addstr("█");
	attroff(COLOR_PAIR(shade));
}

/**
 * waterfall_draw() - show it on the curses screen
 * @waterfall:	the waterfall
 * @top:	first row
 * @left:	first column
 * @rows:	rows to fill
 * @shades:	colour pairs from 1 on; 0: none
 * @fancy:	the character set has blocks
 */
void waterfall_draw(const struct waterfall *waterfall, int top, int left, int rows, int shades,
		    bool fancy)
{
	int row, i;

	if (rows > WATERFALL_ROWS_MAX)
		rows = WATERFALL_ROWS_MAX;
	for (row = 0; row < rows && row < (int)waterfall->added; row++) {
		const uint8_t *levels = waterfall->levels + (waterfall->added - 1 - row) %
					WATERFALL_ROWS_MAX * WATERFALL_COLUMNS_MAX;

		move(top + row, left);
		for (i = 0; i < waterfall->columns; i++)
			draw_cell(levels[i], shades, fancy);
	}
}
