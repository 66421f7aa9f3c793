// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * loopback: send a buffer, receive it again, compare.
 *
 *	cc loopback.c -o loopback $(pkg-config --cflags --libs dmaring)
 *	./loopback loop0
 */
#include <stdio.h>
#include <string.h>

#include <dmaring/dmaring.h>

#define BYTES 4096

static int loopback(const char *device)
{
	struct dmaring_options options = { .buffers = 2, .buffer_bytes = BYTES };
	struct dmaring_cqe *cqe;
	struct dmaring ring;
	int i, err;

	err = dmaring_open(&ring, device, &options);
	if (err < 0)
		return err;
	unsigned char *out = dmaring_buffer(&ring, 0), *in = dmaring_buffer(&ring, 1);

	for (i = 0; i < BYTES; i++)
		out[i] = i * 7;
	dmaring_prep_receive(dmaring_get_sqe(&ring), dmaring_channel(&ring, "rx"), in, BYTES);
	dmaring_prep_send(dmaring_get_sqe(&ring), dmaring_channel(&ring, "tx"), out, BYTES);
	err = dmaring_submit_and_wait(&ring, 2);
	for (i = 0; err >= 0 && i < 2; i++) {
		err = dmaring_wait_cqe(&ring, &cqe);
		if (!err) {
			err = cqe->res;
			dmaring_cqe_seen(&ring, cqe);
		}
	}
	if (!err)
		printf("%s: %d bytes %s\n", device, BYTES,
		       memcmp(in, out, BYTES) ? "came back wrong" : "came back");
	if (!err && memcmp(in, out, BYTES))
		err = -EIO;
	dmaring_close(&ring);
	return err;
}

int main(int argc, char **argv)
{
	const char *device = argc > 1 ? argv[1] : "loop0";
	char text[512];
	int err = loopback(device);

	if (err < 0 && dmaring_explain_error(err, "loopback", device, text, sizeof(text)))
		fprintf(stderr, "%s\n", text);
	return err < 0;
}
