// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The modules, loaded and unloaded with one allocation or copy after the other failing:
 * they are loaded or they are not, and nothing is left of those that are not.
 *
 * Wants what fail_nth wants. DMARING_LONG=1: every failure, the controller's among them,
 * else some.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attribute.h"
#include "inject.h"
#include "load.h"

#define MOST	400000	/* no load allocates so often */

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static int module_open(const char *file)
{
	int module = open(file, O_RDONLY | O_CLOEXEC);

	assert_true(module >= 0);
	return module;
}

static long module_load(int module, const char *parameters)
{
	return result(syscall(SYS_finit_module, module, parameters, 0));
}

static long load_module(const char *file)
{
	int module = module_open(file);
	long ret = module_load(module, "");

	close(module);
	return ret;
}

static long unload_module(const char *name)
{
	return result(syscall(SYS_delete_module, name, O_NONBLOCK));
}

/*
 * The kernel allocates the path of a node to remove it, and forgets the node when that
 * fails: it would stand for whatever device has its number next.
 */
static void nodes_gone(void)
{
	glob_t nodes;
	size_t i;

	if (glob("/dev/dmaring/*", 0, NULL, &nodes))
		return;
	for (i = 0; i < nodes.gl_pathc; i++)
		assert_true(!unlink(nodes.gl_pathv[i]) || errno == ENOENT);
	globfree(&nodes);
}

static void modules_gone(void)
{
	system_teardown(NULL);
	wait_until(unload_module("dmaring") != -EAGAIN);
	wait_until(unload_module("dmaring_sim") != -EAGAIN);
	assert_int_not_equal(access("/sys/module/dmaring", F_OK), 0);
	assert_int_not_equal(access("/sys/module/dmaring_sim", F_OK), 0);
	nodes_gone();
}

/*
 * What can fail before the kernel looks at a module's parameters is none of ours: there
 * its tracing (6.1) warns of a failure itself. So many of these there are.
 */
static unsigned int failures_of_the_kernel(const char *file, const char *bad_parameter)
{
	const unsigned int never = 1000000;
	unsigned int left;
	int module;

	modules_gone();
	module = module_open(file);
	arm(never);
	assert_error(module_load(module, bad_parameter), EINVAL);
	left = injection_left();
	disarm();
	close(module);
	assert_true(left > 0 && left < never);
	return never - left;
}

/* Loads one of the two with a failure in it, the other is there or not. */
static void load_fails_cleanly(const char *file, const char *name, const char *first,
			       const char *bad_parameter)
{
	unsigned int before = failures_of_the_kernel(file, bad_parameter), nth, failures = 0;
	bool hit = true;
	int module;
	long ret;

	for (nth = 1; hit; nth = injection_next(nth, failures)) {
		assert_true(nth < MOST);
		modules_gone();
		if (first)
			assert_ok(load_module(first));
		/* Not close: one that fails is lost on a 9p server, and the next open is EINVAL. */
		module = module_open(file);
		arm(before + nth);
		ret = module_load(module, "");
		hit = disarm();
		close(module);
		if (ret) {
			failures++;
			if (!hit || (ret != -ENOMEM && ret != -EFAULT && ret != -ENODEV)) {
				print_error("# load of %s, failure %u%s: %ld\n", name, nth,
					    hit ? "" : ", which was not met", ret);
				fail();
			}
		}
		/* And away with what came of it, with a failure too. */
		arm(1 + nth % 7);
		ret = unload_module(name);
		disarm();
		if (ret && ret != -ENOENT)
			unload_module(name);
	}
	print_message("# load of %s: after %u of the kernel up to failure %u, %u errors\n", name,
		      before, nth, failures);
	assert_true(failures >= ERRORS_WANTED);
}

static void modules_load_or_fail_cleanly(void **state)
{
	const char *dmaring = getenv("DMARING_KO"), *sim = getenv("DMARING_SIM_KO");

	(void)state;
	skip_without_injection();
	if (!dmaring || !sim)
		skip();
	alarm(3000);
	load_fails_cleanly(dmaring, "dmaring", NULL, "pool_bytes_per_user=none");
	/*
	 * Not where leaks are looked for: dmaengine itself (6.1) loses the name of a
	 * channel that it fails to register for the controller.
	 */
	if (is_long() || access("/sys/kernel/debug/kmemleak", F_OK))
		load_fails_cleanly(sim, "dmaring_sim", NULL, "descriptors=none");
	load_fails_cleanly(dmaring, "dmaring", sim, "pool_bytes_per_user=none");
	modules_gone();
	assert_ok(load_module(dmaring));
	assert_ok(load_module(sim));
	wait_until(!access("/dev/dmaring/mem0", F_OK));
	everything_works();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(modules_load_or_fail_cleanly),
	};

	return system_run(tests);
}
