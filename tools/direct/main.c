// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmaring-recv: dmaring recv, with a way to files and sockets that copies nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../tool.h"
#include "direct.h"

int main(int argc, char **argv)
{
	int left = argc - 1, status;

	recv_direct = direct_receive;
	status = tool_parse(&tool_recv, &left, argv + 1);
	if (status < 0)
		status = tool_recv.run(left, argv + 1);
	/* A report that was cut short must not look like a good one. */
	if (fflush(stdout) || ferror(stdout)) {
		tool_message("write to the standard output: %s", strerror(errno));
		return TOOL_FAILED;
	}
	return status;
}
