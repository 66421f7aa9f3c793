/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPECTRUM_MESSAGE_H
#define SPECTRUM_MESSAGE_H

void message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_hold(void);
void message_release(void);

#endif
