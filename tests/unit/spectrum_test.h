/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every test of dmaring spectrum needs: cmocka, and files to play.
 */
#ifndef SPECTRUM_TEST_H
#define SPECTRUM_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define POINTS	64

/* An unlinked name is left to the caller. */
static inline void spectrum_temp_name(char *path, size_t size, const char *ending)
{
	int fd;

	snprintf(path, size, "/tmp/dmaring-spectrum-XXXXXX%s", ending);
	fd = mkstemps(path, strlen(ending));
	assert_true(fd >= 0);
	close(fd);
}

static inline void spectrum_write_file(const char *path, const void *data, size_t bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

#endif /* SPECTRUM_TEST_H */
