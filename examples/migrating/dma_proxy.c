// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * dma_proxy: what the test of Xilinx's dma-proxy does, with a ring: some buffers are
 * always on their way out and in, what comes back is compared. No second thread.
 *
 *	cc dma_proxy.c -o dma_proxy $(pkg-config --cflags --libs dmaring)
 *	./dma_proxy loop0 1000
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dmaring/dmaring.h>

#define BUFFERS	4		/* each way */
#define BYTES	(128 * 1024)

static struct dmaring ring;
static int tx, rx;
static unsigned int sent;

/* Buffers 0 to 3 go out, 4 to 7 come in. */
static void start_send(unsigned int i)
{
	unsigned int *words = dmaring_buffer(&ring, i), w;

	for (w = 0; w < BYTES / sizeof(*words); w++)
		words[w] = sent + w;
	sent++;
	dmaring_prep_send(dmaring_get_sqe(&ring), tx, words, BYTES);
}

static void start_receive(unsigned int i)
{
	dmaring_prep_receive(dmaring_get_sqe(&ring), rx, dmaring_buffer(&ring, BUFFERS + i), BYTES);
}

static int compare(const struct dmaring_cqe *cqe, unsigned int received)
{
	const unsigned int *words = dmaring_cqe_data(&ring, cqe);
	unsigned int w;

	for (w = 0; w < BYTES / sizeof(*words); w++)
		if (words[w] != received + w)
			return -EIO;
	return 0;
}

static int run(const char *device, unsigned int blocks)
{
	struct dmaring_options options = { .buffers = 2 * BUFFERS, .buffer_bytes = BYTES };
	unsigned int received = 0, i;
	struct dmaring_cqe *cqe;
	int err;

	err = dmaring_open(&ring, device, &options);
	if (err < 0)
		return err;
	tx = dmaring_channel(&ring, "tx");
	rx = dmaring_channel(&ring, "rx");
	for (i = 0; i < BUFFERS; i++) {
		start_receive(i);
		start_send(i);
	}
	dmaring_submit(&ring);
	while (!err && received < blocks) {
		err = dmaring_wait_cqe(&ring, &cqe);
		if (err)
			break;
		err = cqe->res;
		if (!err && cqe->channel == rx) {
			err = compare(cqe, received++);
			start_receive(cqe->buffer - BUFFERS);
		} else if (!err) {
			start_send(cqe->buffer);
		}
		dmaring_cqe_seen(&ring, cqe);
		dmaring_submit(&ring);
	}
	dmaring_close(&ring);
	if (!err)
		printf("%s: %u blocks of %d bytes came back\n", device, received, BYTES);
	return err;
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : "dma_proxy";
	char text[512];
	int err = run(device, argc > 2 ? atoi(argv[2]) : 100);

	if (err < 0 && dmaring_explain_error(err, "dma_proxy", device, text, sizeof(text)))
		fprintf(stderr, "%s\n", text);
	return err < 0;
}
