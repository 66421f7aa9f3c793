// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ends of a ring: close, kill, exit, exec, fork, passing on. After each of
 * them a new open works and the counters add up.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

static void close_with_transfers_in_flight(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		ring_close(loaded_loop());
		ring_close(loaded_copy());
	}
	everything_works();
}

/* A mapping holds the ring as well as an fd does. */
static void close_before_munmap(void **state)
{
	struct ring *r = loaded_loop(), *copy = loaded_copy();
	struct dmaring_setup setup;
	int fd;

	(void)state;
	close(r->fd);
	close(copy->fd);
	fd = device_open("loop0", O_RDWR);
	setup = ring_setup_default(fd, &(struct ring_options){ 0 });
	assert_error(ring_setup(fd, &setup), EBUSY);
	device_close(fd);
	memset(r->pool, 1, r->setup.pool.bytes);
	memset(copy->pool, 1, copy->setup.pool.bytes);
	ring_unmap(r);
	ring_unmap(copy);
	r->used = false;
	copy->used = false;
	loop_works();
	copy_works();
	everything_works();
}

static void munmap_before_close(void **state)
{
	struct ring *r = loaded_loop(), *copy = loaded_copy();

	(void)state;
	ring_unmap(r);
	ring_unmap(copy);
	ring_close(r);
	ring_close(copy);
	everything_works();
}

static void open_without_setup_holds_nothing(void **state)
{
	int fd = device_open("loop0", O_RDWR);

	(void)state;
	assert_true(fd >= 0);
	everything_works();
}

static void five_hundred_rings_one_after_another(void **state)
{
	int fd = device_open("mem0", O_RDWR), i;
	struct ring *r = ring_open("mem0", .buffers = 2);
	uint64_t used = device_query(fd).pool_bytes_used;

	(void)state;
	for (i = 0; i < 500; i++)
		ring_close(ring_open(i & 1 ? "mem0" : "loop0", .buffers = 2));
	wait_until(device_query(fd).pool_bytes_used <= used);
	ring_close(r);
	everything_works();
}

static void many_rings_close_in_any_order(void **state)
{
	struct ring *r[32];
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		r[i] = ring_open("mem0", .sq = 32, .buffers = 2, .bytes = 65536);
		for (j = 0; j < 20; j++)
			push_copy(r[i], 1, 0, 65536, j);
		ring_submit(r[i]);
	}
	for (i = 0; i < ARRAY_SIZE(r); i += 2)
		ring_close(r[i]);
	for (i = 1; i < ARRAY_SIZE(r); i += 2)
		for (j = 0; j < 20; j++)
			ring_expect(r[i], j, 0);
	for (i = ARRAY_SIZE(r) - 1; i < ARRAY_SIZE(r); i -= 2)
		ring_close(r[i]);
	everything_works();
}

/* ------------------------------------------------------------------------
 * Processes
 */

static void killed_under_load(void **state)
{
	struct load *loop = shared_load("loop0", false), *copy = shared_load("mem0", false);
	pid_t a, b, c;
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		loop->count = 0;
		copy->count = 0;
		a = start_load(loop, 50 + 37 * i);
		b = start_load(copy, 50 + 23 * i);
		c = start_load(copy, 200);
		kill(a, SIGKILL);
		kill(b, SIGKILL);
		assert_int_equal(WTERMSIG(child_status(a)), SIGKILL);
		assert_int_equal(WTERMSIG(child_status(b)), SIGKILL);
		loop_works();
		copy_works();
		kill(c, SIGKILL);
		assert_int_equal(WTERMSIG(child_status(c)), SIGKILL);
		assert_nothing_left();
	}
}

static void leave_loaded(void *arg)
{
	(void)arg;
	loaded_loop();
	loaded_copy();
}

static void exit_with_transfers_in_flight(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 5; i++) {
		assert_child_ok(leave_loaded, NULL);
		loop_works();
		copy_works();
	}
	everything_works();
}

static void exec_with_transfers_in_flight_child(void *arg)
{
	(void)arg;
	loaded_loop();
	loaded_copy();
	execlp("true", "true", NULL);
	_exit(1);
}

static void exec_with_transfers_in_flight(void **state)
{
	(void)state;
	assert_child_ok(exec_with_transfers_in_flight_child, NULL);
	loop_works();
	copy_works();
}

static void ring_bell_of(void *arg)
{
	assert_ok(ring_doorbell(arg));
}

/* The child of a fork has the file, not the pages. */
static void doorbell_from_a_child(void **state)
{
	struct ring *r = ring_open("loop0");

	(void)state;
	push(r, DMARING_OP_NOP, 0, 1);
	ring_publish(r);
	assert_child_ok(ring_bell_of, r);
	ring_expect(r, 1, 0);
}

static void child_keeps_the_ring(void **state)
{
	struct ring *r = loaded_loop();
	struct dmaring_setup setup;
	int go[2], status, fd;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(go[1]);
		_exit(read(go[0], &c, 1) != 0);
	}
	device_keep(go[0]);
	ring_close(r);
	fd = device_open("loop0", O_RDWR);
	setup = ring_setup_default(fd, &(struct ring_options){ 0 });
	assert_error(ring_setup(fd, &setup), EBUSY);
	close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_ok(ring_setup(fd, &setup));
	device_close(fd);
	everything_works();
}

static void duplicate_keeps_the_ring(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);

	(void)state;
	assert_true(fd >= 0);
	close(r->fd);
	r->fd = fd;
	push(r, DMARING_OP_NOP, 0, 1);
	ring_kick(r);
	ring_expect(r, 1, 0);
	ring_close(r);
	everything_works();
}

/* Takes a ring's fd from a socket and works with it. */
static void take_over(int socket)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct dmaring_setup setup;
	struct iovec v = { &setup, sizeof(setup) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct ring *r;
	int fd, i;

	assert_int_equal(recvmsg(socket, &m, MSG_CMSG_CLOEXEC), sizeof(setup));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	r = ring_map(fd, &setup);
	for (i = 0; i < 100; i++) {
		push_copy(r, 1, 0, BYTES, i);
		ring_submit(r);
		ring_expect(r, i, 0);
	}
}

static void passed_to_another_process(void **state)
{
	struct ring *r = ring_open("mem0");
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec v = { &r->setup, sizeof(r->setup) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int s[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s), 0);
	device_keep(s[0]);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		alarm(60);
		close(r->fd);
		take_over(s[1]);
		_exit(0);
	}
	close(s[1]);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &r->fd, sizeof(int));
	assert_int_equal(sendmsg(s[0], &m, 0), sizeof(r->setup));
	ring_close(r);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	everything_works();
}

static void modules_stay_while_a_ring_is_open(void **state)
{
	struct ring *r = ring_open("loop0");

	(void)state;
	if (access("/sys/module/dmaring/refcnt", F_OK)) {
		print_message("# dmaring is not a module\n");
		skip();
	}
	assert_int_equal(syscall(SYS_delete_module, "dmaring", O_NONBLOCK), -1);
	assert_true(errno == EWOULDBLOCK || errno == EBUSY);
	push(r, DMARING_OP_NOP, 0, 1);
	ring_kick(r);
	ring_expect(r, 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(close_with_transfers_in_flight),
		system_test(close_before_munmap),
		system_test(munmap_before_close),
		system_test(open_without_setup_holds_nothing),
		system_test(five_hundred_rings_one_after_another),
		system_test(many_rings_close_in_any_order),
		system_test(killed_under_load),
		system_test(exit_with_transfers_in_flight),
		system_test(exec_with_transfers_in_flight),
		system_test(doorbell_from_a_child),
		system_test(child_keeps_the_ring),
		system_test(duplicate_keeps_the_ring),
		system_test(passed_to_another_process),
		system_test(modules_stay_while_a_ring_is_open),
	};

	return system_run(tests);
}
