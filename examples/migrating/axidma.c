// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * axidma: what one does with libaxidma, by this library: two buffers, a transfer
 * each way at once, with a time limit; then one that is stopped.
 *
 *	cc axidma.c -o axidma $(pkg-config --cflags --libs dmaring)
 *	./axidma loop0
 */
#include <stdio.h>
#include <string.h>

#include <dmaring/dmaring.h>

#define BYTES	65536

/* axidma_twoway_transfer(dev, tx, out, bytes, NULL, rx, in, bytes, NULL, true) */
static int twoway(struct dmaring *ring, void *out, void *in, unsigned int bytes)
{
	struct dmaring_cqe *cqe;
	int i, err;

	dmaring_prep_receive(dmaring_get_sqe(ring), dmaring_channel(ring, "rx"), in, bytes);
	dmaring_prep_send(dmaring_get_sqe(ring), dmaring_channel(ring, "tx"), out, bytes);
	err = dmaring_submit_and_wait(ring, 2);
	for (i = 0; err >= 0 && i < 2; i++) {
		err = dmaring_wait_cqe(ring, &cqe);
		if (!err) {
			err = cqe->res;
			dmaring_cqe_seen(ring, cqe);
		}
	}
	return err < 0 ? err : 0;
}

/* axidma_oneway_transfer(dev, rx, in, bytes, false), then axidma_stop_transfer(dev, rx) */
static int receive_and_stop(struct dmaring *ring, void *in, unsigned int bytes)
{
	int err, rx = dmaring_channel(ring, "rx");
	struct dmaring_cqe *cqe;

	dmaring_prep_receive(dmaring_get_sqe(ring), rx, in, bytes);
	dmaring_submit(ring);
	err = dmaring_abort(ring, rx);
	if (!err)
		err = dmaring_wait_cqe(ring, &cqe);
	if (err)
		return err;
	err = cqe->res == -ECANCELED ? 0 : -EIO;
	dmaring_cqe_seen(ring, cqe);
	return err;
}

static int run(const char *device)
{
	struct dmaring_options options = { .buffers = 2, .buffer_bytes = BYTES };
	unsigned char *out, *in;
	struct dmaring ring;
	int err, i;

	/* axidma_init(), axidma_get_dma_tx(), axidma_get_dma_rx() */
	err = dmaring_open(&ring, device, &options);
	if (err < 0)
		return err;
	/* axidma_malloc() */
	out = dmaring_buffer(&ring, 0);
	in = dmaring_buffer(&ring, 1);

	for (i = 0; i < BYTES; i++)
		out[i] = i * 3;
	err = twoway(&ring, out, in, BYTES);
	if (!err && memcmp(in, out, BYTES))
		err = -EIO;
	if (!err)
		err = receive_and_stop(&ring, in, BYTES);
	/* axidma_free(), axidma_destroy() */
	dmaring_close(&ring);
	if (!err)
		printf("%s: %d bytes came back\n", device, BYTES);
	return err;
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : "axidma_chrdev";
	char text[512];
	int err = run(device);

	if (err < 0 && dmaring_explain_error(err, "axidma", device, text, sizeof(text)))
		fprintf(stderr, "%s\n", text);
	return err < 0;
}
