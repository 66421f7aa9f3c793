/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What count.c uses of QEMU's plugin interface, version 1. Debian has no package
 * with the header of it.
 *
 * Rule: QEMU's docs/devel/tcg-plugins.rst.
 */
#ifndef TESTS_VM_QEMU_PLUGIN_H
#define TESTS_VM_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

struct qemu_info;
struct qemu_plugin_tb;

/* The plugin has these; they are QEMU's to look at and to call. */
extern int qemu_plugin_version;
int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv);

/* QEMU has these. */
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
typedef void qemu_plugin_translated(uint64_t id, struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, qemu_plugin_translated *translated);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int operation, void *word,
					      uint64_t operand);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*ended)(uint64_t id, void *data),
				    void *data);

#endif /* TESTS_VM_QEMU_PLUGIN_H */
