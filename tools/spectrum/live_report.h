/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_LIVE_REPORT_H
#define SPECTRUM_LIVE_REPORT_H

#include "live.h"
#include "peaks.h"

int live_report(const struct live_options *options, const struct live_counts *counts,
		const struct mean_spectrum *mean);

#endif
