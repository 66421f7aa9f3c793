// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device for the tests of dmaring spectrum on a host without the driver: it
 * has the functions of tools/spectrum/duplex.c, transforms with FFTW, rounds,
 * and can be told to lose, to spoil or to keep blocks.
 */
#include "spectrum_device.h"

#include <errno.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/spectrum/duplex.h"
#include "../../tools/spectrum/reference.h"

struct spectrum_device spectrum_device;

static struct {
	unsigned int points;
	int fd;
	int16_t *send;
	int32_t *answer;
	uint64_t answers;
	fftw_complex *work;
	fftw_plan plan;
} device;

int duplex_open(struct duplex *duplex, const char *name, unsigned int blocks, size_t send_bytes,
		size_t receive_bytes, unsigned int coalesce_us)
{
	(void)name;
	(void)coalesce_us;
	memset(duplex, 0, sizeof(*duplex));
	duplex->blocks = blocks;
	duplex->send_bytes = send_bytes;
	duplex->receive_bytes = receive_bytes;
	device.points = send_bytes / 4;
	device.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	device.send = calloc(blocks, send_bytes);
	device.answer = calloc(blocks, receive_bytes);
	device.answers = 0;
	device.work = fftw_alloc_complex(device.points);
	device.plan = fftw_plan_dft_1d(device.points, device.work, device.work, FFTW_FORWARD,
				       FFTW_ESTIMATE);
	return 0;
}

void duplex_close(struct duplex *duplex)
{
	(void)duplex;
	if (!device.plan)
		return;
	fftw_destroy_plan(device.plan);
	fftw_free(device.work);
	free(device.send);
	free(device.answer);
	close(device.fd);
	memset(&device, 0, sizeof(device));
}

int duplex_query(const struct duplex *duplex, struct dmaring_query *query)
{
	(void)duplex;
	memset(query, 0, sizeof(*query));
	query->flags = DMARING_SIMULATED;
	strcpy(query->version, "none");
	return 0;
}

int duplex_fd(const struct duplex *duplex)
{
	(void)duplex;
	return device.fd;
}

void duplex_arm(struct duplex *duplex)
{
	duplex->armed = duplex->blocks;
}

bool duplex_can_send(const struct duplex *duplex)
{
	return duplex->sent - duplex->send_done < duplex->blocks;
}

void *duplex_send_buffer(const struct duplex *duplex)
{
	return device.send + (duplex->sent % duplex->blocks) * 2 * device.points;
}

static void transform(const int16_t *block, int32_t *answer)
{
	double scale = reference_device_scale(device.points);
	unsigned int i;

	for (i = 0; i < device.points; i++) {
		device.work[i][0] = block[2 * i];
		device.work[i][1] = block[2 * i + 1];
	}
	fftw_execute(device.plan);
	for (i = 0; i < device.points; i++) {
		answer[2 * i] = lrint(device.work[i][0] / scale);
		answer[2 * i + 1] = lrint(device.work[i][1] / scale);
	}
}

void duplex_send(struct duplex *duplex)
{
	uint64_t number = duplex->sent;
	const int16_t *block = duplex_send_buffer(duplex);
	int32_t *answer = device.answer + (device.answers % duplex->blocks) * 2 * device.points;
	uint64_t one = 1;

	duplex->sent++;
	if (spectrum_device.keep_from && number >= spectrum_device.keep_from)
		return;
	if (spectrum_device.lose && number == spectrum_device.lose)
		return;
	transform(block, answer);
	if (spectrum_device.spoil && number == spectrum_device.spoil)
		answer[device.points / 8] += 1 << 24;
	device.answers++;
	if (write(device.fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

int duplex_take(struct duplex *duplex, const void **received)
{
	struct timespec now;
	uint64_t count;

	*received = NULL;
	clock_gettime(CLOCK_MONOTONIC, &now);
	duplex->time_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	if (duplex->send_done < duplex->sent) {
		duplex->send_done++;
		return 0;
	}
	if (duplex->receive_done == device.answers) {
		while (read(device.fd, &count, sizeof(count)) > 0)
			;
		return -EAGAIN;
	}
	*received = device.answer + (duplex->receive_done % duplex->blocks) * 2 * device.points;
	duplex->receive_done++;
	return 0;
}

void duplex_release(struct duplex *duplex)
{
	duplex->armed++;
}

int duplex_submit(struct duplex *duplex)
{
	(void)duplex;
	return 0;
}
