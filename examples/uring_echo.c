// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * uring_echo: DMA and a socket in one ring. What a client sends goes through the
 * device and back to the client.
 *
 *	cc uring_echo.c -o uring_echo $(pkg-config --cflags --libs dmaring) -luring
 *	./uring_echo loop0 7000
 *
 * The socket is read into buffers of the pool, and written from others: between
 * socket and device nothing is copied by this program. It sleeps in one place,
 * io_uring_submit_and_wait(), for both. It serves one client, and ends when that
 * has sent everything and got everything back.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <liburing.h>

#include <dmaring/dmaring.h>

#define BUFFERS		8	/* each way: 0 .. 7 from the client, 8 .. 15 to it */
#define BLOCK_BYTES	65536
#define RECORDS		8

enum { WORK_RECORDS, WORK_FROM_CLIENT, WORK_TO_CLIENT };	/* io_uring's user_data */

struct echo {
	struct dmaring ring;
	struct io_uring uring;
	unsigned int tx, rx;
	int client;
	struct dmaring_cqe records[RECORDS];
	unsigned int spare[BUFFERS], spares;	/* free to receive from the client */
	unsigned int filling;			/* the one that is being received into */
	int receiving, eof;
	/* To the client, one at a time, in order. */
	struct { unsigned int buffer, bytes, sent; } queue[BUFFERS];
	unsigned int first, queued;
	unsigned long long got, returned;
};

static void from_client(struct echo *echo)
{
	struct io_uring_sqe *sqe;

	if (echo->receiving || echo->eof || !echo->spares)
		return;
	echo->filling = echo->spare[--echo->spares];
	sqe = io_uring_get_sqe(&echo->uring);
	io_uring_prep_recv(sqe, echo->client, dmaring_buffer(&echo->ring, echo->filling),
			   BLOCK_BYTES, 0);
	sqe->user_data = WORK_FROM_CLIENT;
	echo->receiving = 1;
}

static void to_client(struct echo *echo)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&echo->uring);
	char *data = dmaring_buffer(&echo->ring, echo->queue[echo->first].buffer);
	unsigned int sent = echo->queue[echo->first].sent;

	io_uring_prep_send(sqe, echo->client, data + sent, echo->queue[echo->first].bytes - sent,
			   MSG_NOSIGNAL);
	sqe->user_data = WORK_TO_CLIENT;
}

static void arm(struct echo *echo, unsigned int buffer)
{
	dmaring_prep_receive(dmaring_get_sqe(&echo->ring), echo->rx,
			     dmaring_buffer(&echo->ring, buffer), BLOCK_BYTES);
}

static void read_records(struct echo *echo)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&echo->uring);

	io_uring_prep_read(sqe, dmaring_fd(&echo->ring), echo->records, sizeof(echo->records), 0);
	sqe->user_data = WORK_RECORDS;
}

/* A transfer has ended. */
static int take_record(struct echo *echo, const struct dmaring_cqe *record)
{
	unsigned int last = (echo->first + echo->queued) % BUFFERS;

	if (record->res < 0)
		return record->res;
	if (record->opcode == DMARING_OP_SEND) {
		echo->spare[echo->spares++] = record->buffer;
		from_client(echo);
		return 0;
	}
	echo->queue[last].buffer = record->buffer;
	echo->queue[last].bytes = record->bytes;
	echo->queue[last].sent = 0;
	if (echo->queued++ == 0)
		to_client(echo);
	return 0;
}

static int client_sent(struct echo *echo, unsigned int bytes)
{
	echo->receiving = 0;
	echo->eof = !bytes;
	if (bytes) {
		dmaring_prep_send(dmaring_get_sqe(&echo->ring), echo->tx,
				  dmaring_buffer(&echo->ring, echo->filling), bytes);
		echo->got += bytes;
	}
	from_client(echo);
	return 0;
}

static int client_took(struct echo *echo, unsigned int bytes)
{
	echo->returned += bytes;
	echo->queue[echo->first].sent += bytes;
	if (echo->queue[echo->first].sent == echo->queue[echo->first].bytes) {
		arm(echo, echo->queue[echo->first].buffer);
		echo->first = (echo->first + 1) % BUFFERS;
		echo->queued--;
	}
	if (echo->queued)
		to_client(echo);
	return 0;
}

static int complete(struct echo *echo, unsigned long long what, int res)
{
	int err = 0;

	if (res < 0)
		return res;
	if (what == WORK_FROM_CLIENT)
		return client_sent(echo, (unsigned int)res);
	if (what == WORK_TO_CLIENT)
		return client_took(echo, (unsigned int)res);
	for (size_t i = 0; !err && i < (size_t)res / sizeof(echo->records[0]); i++)
		err = take_record(echo, &echo->records[i]);
	read_records(echo);
	return err;
}

/* Return: 0 or -errno. */
static int run(struct echo *echo)
{
	struct io_uring_cqe *cqe;
	int err = 0;

	echo->tx = (unsigned int)dmaring_channel_of(&echo->ring, DMARING_CHANNEL_SEND);
	echo->rx = (unsigned int)dmaring_channel_of(&echo->ring, DMARING_CHANNEL_RECEIVE);
	for (unsigned int i = 0; i < BUFFERS; i++) {
		echo->spare[echo->spares++] = i;
		arm(echo, BUFFERS + i);
	}
	read_records(echo);
	from_client(echo);
	while (err >= 0 && !(echo->eof && echo->returned == echo->got)) {
		err = dmaring_submit(&echo->ring);	/* a doorbell only if one is needed */
		if (err >= 0)
			err = io_uring_submit_and_wait(&echo->uring, 1);
		while (err >= 0 && io_uring_peek_cqe(&echo->uring, &cqe) == 0) {
			unsigned long long what = cqe->user_data;
			int res = cqe->res;

			io_uring_cqe_seen(&echo->uring, cqe);
			err = complete(echo, what, res);
		}
	}
	return err < 0 ? err : 0;
}

static int accept_one(unsigned short port)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, client = -1;

	if (listener < 0)
		return -1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(listener, 1) == 0)
		client = accept(listener, NULL, NULL);
	close(listener);
	return client;
}

int main(int argc, char **argv)
{
	const struct dmaring_options options = {
		.entries = 2 * BUFFERS, .buffers = 2 * BUFFERS, .buffer_bytes = BLOCK_BYTES,
		.flags = DMARING_SETUP_READ,
	};
	const char *device = argc > 1 ? argv[1] : "loop0";
	static struct echo echo;
	char text[512];
	int err;

	err = io_uring_queue_init(4 * BUFFERS, &echo.uring, 0);
	if (err) {
		fprintf(stderr, "uring_echo: no io_uring: %s (CONFIG_IO_URING; sysctl kernel.io_uring_disabled)\n",
			strerror(-err));
		return EXIT_FAILURE;
	}
	err = dmaring_open(&echo.ring, device, &options);
	if (!err) {
		echo.client = accept_one((unsigned short)(argc > 2 ? atoi(argv[2]) : 7000));
		err = echo.client < 0 ? -errno : run(&echo);
		io_uring_queue_exit(&echo.uring);	/* ends the READ that is pending */
		if (echo.client >= 0)
			close(echo.client);
		dmaring_close(&echo.ring);
	}
	if (err < 0) {
		dmaring_explain_error(err, "uring_echo", device, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		return EXIT_FAILURE;
	}
	printf("%s: %llu bytes echoed\n", device, echo.returned);
	return EXIT_SUCCESS;
}
