/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_EXPLAIN_H
#define SPECTRUM_EXPLAIN_H

void explain(int err, const char *what, const char *device);

#endif
