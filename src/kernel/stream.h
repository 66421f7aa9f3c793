/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The byte-stream personality of an open file: read() and write().
 */
#ifndef _DMARING_STREAM_H
#define _DMARING_STREAM_H

#include <linux/fs.h>
#include <linux/poll.h>

struct dmaring_request;
struct dmaring_ring;
struct iov_iter;

ssize_t dmaring_stream_read(struct dmaring_ring *ring, struct kiocb *iocb,
			    struct iov_iter *to);
ssize_t dmaring_stream_write(struct dmaring_ring *ring, struct kiocb *iocb,
			     struct iov_iter *from);
int dmaring_stream_drain(struct dmaring_ring *ring, bool bounded);
__poll_t dmaring_stream_poll(struct dmaring_ring *ring);
void dmaring_stream_complete(struct dmaring_request *request);
void dmaring_streams_abort(struct dmaring_ring *ring);
void dmaring_streams_close(struct dmaring_ring *ring);
void dmaring_streams_free(struct dmaring_ring *ring);

#endif /* _DMARING_STREAM_H */
