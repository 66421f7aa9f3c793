// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin of QEMU for tests/vm/profile: how often each piece of straight code
 * ran. At the end OUT gets a line for each: address, instructions, times.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

int qemu_plugin_version = 1;

#define OPERATION_ADD	0	/* QEMU_PLUGIN_INLINE_ADD_U64 */
#define PIECES_LOG2	20

/* Found by address and length: code may be cut in several ways. */
static struct piece {
	uint64_t address;
	uint64_t instructions;
	uint64_t times;
} *pieces;

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb), n = qemu_plugin_tb_n_insns(tb);
	uint64_t at = (address * 0x9e3779b97f4a7c15ULL + n) >> (64 - PIECES_LOG2);
	unsigned int tries;

	(void)id;
	for (tries = 0; tries < 1U << PIECES_LOG2; tries++) {
		struct piece *piece = &pieces[at];

		if (!piece->address || (piece->address == address && piece->instructions == n)) {
			piece->address = address;
			piece->instructions = n;
			qemu_plugin_register_vcpu_tb_exec_inline(tb, OPERATION_ADD, &piece->times,
								 1);
			return;
		}
		at = (at + 1) % (1U << PIECES_LOG2);
	}
	fprintf(stderr, "count: too much code\n");
	exit(1);
}

static void ended(uint64_t id, void *data)
{
	FILE *out = fopen(data, "w");
	size_t i;

	(void)id;
	if (!out) {
		perror(data);
		return;
	}
	for (i = 0; i < 1U << PIECES_LOG2; i++)
		if (pieces[i].times)
			fprintf(out, "%016" PRIx64 " %" PRIu64 " %" PRIu64 "\n", pieces[i].address,
				pieces[i].instructions, pieces[i].times);
	fclose(out);
}

int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	pieces = calloc(1U << PIECES_LOG2, sizeof(*pieces));
	if (!pieces || argc != 1 || strncmp(argv[0], "out=", 4))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, argv[0] + 4);
	return 0;
}
