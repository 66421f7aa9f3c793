/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_WATERFALL_H
#define SPECTRUM_WATERFALL_H

#include <stdbool.h>
#include <stdint.h>

#define WATERFALL_COLUMNS_MAX	512
#define WATERFALL_ROWS_MAX	256

/**
 * struct waterfall - the levels of the last updates
 * @levels:	rows of WATERFALL_COLUMNS_MAX levels, 255 is the highest
 * @columns:	columns in use
 * @added:	rows added since @columns is what it is
 */
struct waterfall {
	uint8_t *levels;
	int columns;
	unsigned int added;
};

int waterfall_init(struct waterfall *waterfall);
void waterfall_destroy(struct waterfall *waterfall);
void waterfall_add(struct waterfall *waterfall, const double *level, int columns);
void waterfall_draw(const struct waterfall *waterfall, int top, int left, int rows, int shades,
		    bool fancy);
char waterfall_letter(double level);

#endif
