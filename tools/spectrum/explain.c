// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library's explanations of its errors, as messages of this command.
 */
#include "explain.h"

#include <dmaring/dmaring.h>

#include "message.h"

/**
 * explain() - say what failed, why, and what to try
 * @err:	-errno
 * @what:	what was tried
 * @device:	on what
 */
void explain(int err, const char *what, const char *device)
{
	char text[512];

	dmaring_explain_error(err, what, device, text, sizeof(text));
	message("%s", text);
}
