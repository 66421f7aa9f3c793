// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysfs: what is there, that it agrees with the ioctls, and that the counters
 * add up.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attribute.h"

static const struct { const char *device, *channel, *direction; } channels[] = {
	{ "loop0", "tx", "send" }, { "loop0", "rx", "receive" },
	{ "fft0", "tx", "send" }, { "fft0", "rx", "receive" },
	{ "source0", "rx", "receive" }, { "sink0", "tx", "send" },
	{ "mem0", "copy", "copy" }, { "adc0", "rx", "receive" },
};

static const char *join(const char *channel, const char *name)
{
	static char path[4][64];
	static unsigned int i;

	i = (i + 1) % ARRAY_SIZE(path);
	snprintf(path[i], sizeof(path[i]), "%s/%s", channel, name);
	return path[i];
}

static uint64_t number(const char *device, const char *channel, const char *name)
{
	return attribute_number(device, join(channel, name));
}

static void channels_have_their_attributes(void **state)
{
	static const char * const numbers[] = {
		"alignment", "window", "bytes_max", "segment_bytes_max", "coherent",
		"length_known", "rings", "submitted",
		"completed", "errors", "timeouts", "bytes", "blocks_lost", "starved", "starved_ns",
	};
	static const char * const texts[] = {
		"engine", "provider", "residue", "holder", "operations",
	};
	char text[256];
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(channels); i++) {
		for (j = 0; j < ARRAY_SIZE(numbers); j++)
			number(channels[i].device, channels[i].channel, numbers[j]);
		for (j = 0; j < ARRAY_SIZE(texts); j++) {
			attribute_text(channels[i].device, join(channels[i].channel, texts[j]),
				       text, sizeof(text));
			assert_true(text[0]);
		}
		attribute_text(channels[i].device, join(channels[i].channel, "direction"),
			       text, sizeof(text));
		assert_string_equal(text, channels[i].direction);
	}
}

static void devices_have_their_counters(void **state)
{
	static const char * const names[] = {
		"doorbells", "drains_without_doorbell", "wakeups", "eventfd_signals",
		"events_dropped", "quarantined_pages",
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(channels); i++) {
		for (j = 0; j < ARRAY_SIZE(names); j++)
			number(channels[i].device, "counters", names[j]);
		assert_int_equal(attribute_number(channels[i].device, "simulated"),
				 device_is_simulated(channels[i].device));
	}
}

static void attributes_agree_with_the_ioctl(void **state)
{
	struct dmaring_channel_info info;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(channels); i++) {
		info = device_channel_info(device_open(channels[i].device, O_RDONLY),
					   channels[i].channel);
		assert_int_equal(number(channels[i].device, channels[i].channel, "alignment"),
				 info.alignment);
		assert_int_equal(number(channels[i].device, channels[i].channel, "window"),
				 info.window);
		assert_int_equal(number(channels[i].device, channels[i].channel,
					"segment_bytes_max"), info.segment_bytes_max);
		attribute_text(channels[i].device, join(channels[i].channel, "engine"), text,
			       sizeof(text));
		assert_string_equal(text, info.engine);
		attribute_text(channels[i].device, join(channels[i].channel, "provider"), text,
			       sizeof(text));
		assert_string_equal(text, info.provider);
	}
}

static void attributes_are_read_only(void **state)
{
	(void)state;
	assert_true(file_write("/sys/class/dmaring/loop0/rx/completed", "0") < 0);
	assert_true(file_write("/sys/class/dmaring/loop0/rx/holder", "-") < 0);
	assert_true(file_write("/sys/class/dmaring/loop0/counters/doorbells", "0") < 0);
}

static void holder_is_pid_and_name(void **state)
{
	char text[256], want[64];
	struct ring *r;

	(void)state;
	attribute_text("loop0", "rx/holder", text, sizeof(text));
	assert_string_equal(text, "-");
	r = ring_open("loop0", .only = "rx");
	attribute_text("loop0", "rx/holder", text, sizeof(text));
	snprintf(want, sizeof(want), "%d sysfs", getpid());
	assert_string_equal(text, want);
	attribute_text("loop0", "tx/holder", text, sizeof(text));
	assert_string_equal(text, "-");
	ring_close(r);
	attribute_text("loop0", "rx/holder", text, sizeof(text));
	assert_string_equal(text, "-");
}

static void rings_are_counted(void **state)
{
	struct ring *r[5];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(r); i++) {
		assert_int_equal(number("mem0", "copy", "rings"), i);
		r[i] = ring_open("mem0");
	}
	for (; i; i--) {
		assert_int_equal(number("mem0", "copy", "rings"), i);
		ring_close(r[i - 1]);
	}
	assert_int_equal(number("mem0", "copy", "rings"), 0);
}

static void transfers_are_counted(void **state)
{
	uint64_t submitted = number("mem0", "copy", "submitted");
	uint64_t completed = number("mem0", "copy", "completed");
	uint64_t errors = number("mem0", "copy", "errors");
	struct ring *r = ring_open("mem0");
	unsigned int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		push_copy(r, 1, 0, LINE_BYTES, i);
		ring_submit(r);
		ring_expect(r, i, 0);
	}
	assert_int_equal(number("mem0", "copy", "submitted") - submitted, 100);
	assert_int_equal(number("mem0", "copy", "completed") - completed, 100);
	assert_int_equal(number("mem0", "copy", "errors"), errors);
}

/* What was moved, not what was asked for; of a stream of bytes too. */
static void bytes_are_counted(void **state)
{
	uint64_t sent = number("loop0", "tx", "bytes"), received = number("loop0", "rx", "bytes");
	struct ring *r = ring_open("loop0", .sq = 64);
	char data[1000] = { 0 };
	unsigned int i;
	int fd;

	(void)state;
	for (i = 0; i < 10; i++) {
		push_data(r, DMARING_OP_RECEIVE, 1, 0, 0, 4096, i);
		push_data(r, DMARING_OP_SEND, 0, 0, 2048, 100, 100 + i);
	}
	ring_submit(r);
	for (i = 0; i < 20; i++)
		assert_int_equal(ring_wait(r).res, 0);
	assert_int_equal(number("loop0", "tx", "bytes") - sent, 10 * 100);
	assert_int_equal(number("loop0", "rx", "bytes") - received, 10 * 100);
	push_data(r, DMARING_OP_RECEIVE, 1, 0, 0, 4096, 1);
	push(r, DMARING_OP_ABORT, 1, 2);
	ring_kick(r);
	ring_expect(r, 1, -ECANCELED);
	ring_expect(r, 2, 0);
	assert_int_equal(number("loop0", "rx", "bytes") - received, 10 * 100);
	ring_close(r);

	sent = number("sink0", "tx", "bytes");
	fd = device_open("sink0", O_WRONLY);
	assert_int_equal(write(fd, data, sizeof(data)), sizeof(data));
	assert_ok(fsync(fd));
	assert_int_equal(number("sink0", "tx", "bytes") - sent, sizeof(data));
	close(fd);
}

/*
 * Whoever sees the completion finds it in the counters, however quickly he looks: at
 * once here, while the driver still wakes all those who sleep.
 */
static void completions_are_counted_before_they_are_seen(void **state)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct ring *r = ring_open("mem0");
	int sleeper[256];
	uint64_t completed = number("mem0", "copy", "completed");
	uint64_t bytes = number("mem0", "copy", "bytes");
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sleeper); i++) {
		sleeper[i] = epoll_create1(EPOLL_CLOEXEC);
		assert_ok(sleeper[i]);
		assert_ok(epoll_ctl(sleeper[i], EPOLL_CTL_ADD, r->fd, &event));
	}
	for (i = 1; i <= 500; i++) {
		push_copy(r, 1, 0, LINE_BYTES, i);
		ring_submit(r);
		while (ring_cq_tail(r) == r->cq_head)
			;
		assert_int_equal(number("mem0", "copy", "completed") - completed, i);
		assert_int_equal(number("mem0", "copy", "bytes") - bytes, i * LINE_BYTES);
		ring_expect(r, i, 0);
	}
	for (i = 0; i < ARRAY_SIZE(sleeper); i++)
		close(sleeper[i]);
}

static void submitted_is_completed_plus_errors(void **state)
{
	struct ring *r = ring_open("loop0", .only = "rx", .sq = 64);
	struct ring *out = ring_open("loop0", .only = "tx", .sq = 64);
	uint64_t before[3] = {
		number("loop0", "rx", "submitted"), number("loop0", "rx", "completed"),
		number("loop0", "rx", "errors"),
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++)
		push_data(r, DMARING_OP_RECEIVE, 0, 0, 0, 64, i);
	ring_kick(r);
	for (i = 0; i < 4; i++) {
		push_data(out, DMARING_OP_SEND, 0, 0, 0, 64, i);
		ring_submit(out);
		ring_expect(out, i, 0);
		ring_expect(r, i, 0);
	}
	assert_int_equal(number("loop0", "rx", "submitted") - before[0], 10);
	assert_int_equal(number("loop0", "rx", "completed") - before[1], 4);
	push(r, DMARING_OP_ABORT, 0, 100);
	ring_kick(r);
	for (; i < 10; i++)
		ring_expect(r, i, -ECANCELED);
	ring_expect(r, 100, 0);
	assert_int_equal(number("loop0", "rx", "submitted") - before[0], 10);
	assert_int_equal(number("loop0", "rx", "completed") - before[1], 4);
	assert_int_equal(number("loop0", "rx", "errors") - before[2], 6);
}

static void doorbells_are_counted(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_DOORBELL);
	uint64_t before = number("loop0", "counters", "doorbells");
	unsigned int i;

	(void)state;
	for (i = 0; i < 17; i++)
		assert_ok(ring_doorbell(r));
	assert_int_equal(number("loop0", "counters", "doorbells"), before + 17);
	event_write(fd, 1);
	wait_until(number("loop0", "counters", "doorbells") == before + 18);
}

static void wakeups_and_signals_are_counted(void **state)
{
	struct ring *r = ring_open("loop0");
	int fd = ring_eventfd(r, DMARING_EVENTFD_COMPLETION);
	uint64_t wakeups, signals;

	(void)state;
	/* Passes sq_event too: from here on there is only the completion side. */
	post_nops(r, 1);
	ring_seen(r, 1);
	assert_true(event_wait(fd) >= 1);
	wakeups = number("loop0", "counters", "wakeups");
	signals = number("loop0", "counters", "eventfd_signals");
	/* Below the event index there is none. */
	ring_set_event(r, r->cq_head + 2);
	post_nops(r, 2);
	assert_int_equal(number("loop0", "counters", "wakeups"), wakeups);
	assert_int_equal(number("loop0", "counters", "eventfd_signals"), signals);
	post_nops(r, 1);
	assert_true(event_wait(fd) >= 1);
	assert_int_equal(number("loop0", "counters", "wakeups"), wakeups + 1);
	wait_until(number("loop0", "counters", "eventfd_signals") == signals + 1);
}

static void starvation_is_counted(void **state)
{
	struct ring *in = ring_open("loop0", .only = "rx");
	struct ring *out = ring_open("loop0", .only = "tx");
	uint64_t starved = number("loop0", "rx", "starved");
	uint64_t starved_ns = number("loop0", "rx", "starved_ns");
	uint64_t began = now_ns(), dry, wet;
	unsigned int i;

	(void)state;
	/* One at a time: between two the engine has none. */
	for (i = 0; i < 5; i++) {
		push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 64, i);
		ring_kick(in);
		push_data(out, DMARING_OP_SEND, 0, 0, 0, 64, i);
		ring_kick(out);
		ring_expect(in, i, 0);
		ring_expect(out, i, 0);
	}
	assert_true(number("loop0", "rx", "starved") - starved >= 4);
	assert_true(number("loop0", "rx", "starved_ns") > starved_ns);

	/* The time is what passes between a completion and the next receive. */
	starved = number("loop0", "rx", "starved");
	starved_ns = number("loop0", "rx", "starved_ns");
	dry = now_ns();
	wait_until(now_ns() - dry > 50000000);
	wet = now_ns();
	push_data(in, DMARING_OP_RECEIVE, 0, 0, 0, 64, i);
	ring_kick(in);
	starved_ns = number("loop0", "rx", "starved_ns") - starved_ns;
	assert_int_equal(number("loop0", "rx", "starved"), starved + 1);
	assert_true(starved_ns >= wet - dry);
	assert_true(starved_ns <= now_ns() - began);
}

static void node_belongs_to_the_group(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat("/dev/dmaring/loop0", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
}

static void device_has_the_version(void **state)
{
	char text[64];

	(void)state;
	attribute_text("loop0", "version", text, sizeof(text));
	assert_true(text[0] >= '0' && text[0] <= '9');
}

static void fdinfo_tells_of_the_ring(void **state)
{
	struct ring *r = ring_open("loop0", .sq = 64);
	char path[64], text[4096];
	size_t n;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", r->fd);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	/* Over what every file has, something about this one. */
	assert_non_null(strstr(text, "64"));
	assert_true(n > 80);
}

static unsigned int files_read;

/* Each file of ours that may be read holds a line or more. */
static int file_read(const char *path, const struct stat *file, int type, struct FTW *walk)
{
	char text[4096];
	ssize_t n;
	int fd;

	(void)walk;
	if (type != FTW_F || !(file->st_mode & 0400) || strstr(path, "/power/"))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n < 2 || text[n - 1] != '\n')
		fail_msg("%s: %zd", path, n);
	files_read++;
	return 0;
}

static void every_attribute_can_be_read(void **state)
{
	char path[64];

	(void)state;
	files_read = 0;
	snprintf(path, sizeof(path), "/sys/class/dmaring/%s/.", device_tested("mem0"));
	assert_int_equal(nftw(path, file_read, 8, FTW_PHYS), 0);
	assert_true(files_read > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		system_test(channels_have_their_attributes),
		system_test(devices_have_their_counters),
		system_test(attributes_agree_with_the_ioctl),
		system_test(every_attribute_can_be_read),
		system_test(attributes_are_read_only),
		system_test(holder_is_pid_and_name),
		system_test(rings_are_counted),
		system_test(transfers_are_counted),
		system_test(bytes_are_counted),
		system_test(completions_are_counted_before_they_are_seen),
		system_test(submitted_is_completed_plus_errors),
		system_test(doorbells_are_counted),
		system_test(wakeups_and_signals_are_counted),
		system_test(starvation_is_counted),
		system_test(node_belongs_to_the_group),
		system_test(device_has_the_version),
		system_test(fdinfo_tells_of_the_ring),
	};

	return system_run(tests);
}
