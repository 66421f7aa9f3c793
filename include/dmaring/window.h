/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * 2-D transfers: windows of rows in a frame. Included by <dmaring/dmaring.h>,
 * never alone.
 */
#ifndef _DMARING_WINDOW_H
#define _DMARING_WINDOW_H

#ifndef _DMARING_DMARING_H
#error "include <dmaring/dmaring.h>"
#endif

/* The template of an entry is in the segment of its slot, so both are free at once. */
DMARING_INLINE void dmaring_prep_shape_(const struct dmaring *ring, struct dmaring_sqe *sqe,
					size_t row_bytes, size_t rows, size_t stride,
					size_t source_stride)
{
	size_t slot = (size_t)((unsigned char *)sqe - ring->sqes) / ring->sq_stride;
	struct dmaring_template *shape;

	sqe->list_entries = 1;
	sqe->list = (__u32)slot;
	/* Without a place for it, or with a number too large: the driver says -EINVAL. */
	if (slot >= ring->header->segment_entries)
		return;
	shape = (struct dmaring_template *)(void *)((unsigned char *)ring->user_region +
						    ring->header->segments) + slot;
	shape->row_bytes = row_bytes > UINT32_MAX ? 0 : (__u32)row_bytes;
	shape->rows = rows > DMARING_ROWS_MAX ? 0 : (__u32)rows;
	shape->stride = stride > UINT32_MAX ? 0 : (__u32)stride;
	shape->source_stride = source_stride > UINT32_MAX ? 0 : (__u32)source_stride;
}

/* Bytes from the first of a window to its last; no more than there can be. */
DMARING_INLINE size_t dmaring_window_bytes_(size_t row_bytes, size_t rows, size_t stride)
{
	__u64 extent;

	if (!rows || rows > DMARING_ROWS_MAX || row_bytes > UINT32_MAX || stride > UINT32_MAX)
		return SIZE_MAX;
	extent = (__u64)(rows - 1) * stride + row_bytes;
	return extent > SIZE_MAX ? SIZE_MAX : (size_t)extent;
}

/**
 * dmaring_prep_window() - send rows out of a frame, or receive into rows of one
 * @sqe:	from dmaring_get_sqe()
 * @channel:	a send or a receive channel
 * @data:	first byte of the first row; all rows are in one buffer of a pool
 * @row_bytes:	bytes of a row, not zero
 * @rows:	number of rows, 1 .. DMARING_ROWS_MAX
 * @stride:	bytes from row to row, at least @row_bytes
 *
 * A 2-D transfer (DMARING_OP_INTERLEAVED): one entry, one completion. The ring
 * must have been opened with at least as many segments as entries. Bad arguments
 * complete with -EINVAL, and with -EOPNOTSUPP where the engine knows no rows.
 */
DMARING_INLINE void dmaring_prep_window(struct dmaring_sqe *sqe, unsigned int channel,
					const void *data, size_t row_bytes, size_t rows,
					size_t stride)
{
	const struct dmaring *ring = (const struct dmaring *)(uintptr_t)sqe->reserved;

	dmaring_prep_data_(sqe, DMARING_OP_INTERLEAVED, channel, data,
			   dmaring_window_bytes_(row_bytes, rows, stride));
	sqe->bytes = (__u32)(row_bytes * rows);
	dmaring_prep_shape_(ring, sqe, row_bytes, rows, stride, 0);
}

/**
 * dmaring_prep_copy_window() - copy rows from one frame to another
 * @sqe:	from dmaring_get_sqe()
 * @channel:	a copy channel
 * @to:		first byte of the first row; all rows are in one buffer
 * @to_stride:	bytes from row to row there, at least @row_bytes
 * @from:	the same of the source
 * @from_stride: the same of the source
 * @row_bytes:	bytes of a row, not zero
 * @rows:	number of rows, 1 .. DMARING_ROWS_MAX
 *
 * As dmaring_prep_window(). Rows of equal strides may mesh, as long as no byte
 * is in both windows; with two strides the windows must be apart.
 */
DMARING_INLINE void dmaring_prep_copy_window(struct dmaring_sqe *sqe, unsigned int channel,
					     void *to, size_t to_stride, const void *from,
					     size_t from_stride, size_t row_bytes, size_t rows)
{
	const struct dmaring *ring = (const struct dmaring *)(uintptr_t)sqe->reserved;

	if (dmaring_locate(ring, from, dmaring_window_bytes_(row_bytes, rows, from_stride),
			   &sqe->source_pool, &sqe->source_buffer, &sqe->source_offset) < 0)
		sqe->source_buffer = UINT32_MAX;
	dmaring_prep_data_(sqe, DMARING_OP_INTERLEAVED, channel, to,
			   dmaring_window_bytes_(row_bytes, rows, to_stride));
	sqe->bytes = (__u32)(row_bytes * rows);
	dmaring_prep_shape_(ring, sqe, row_bytes, rows, to_stride, from_stride);
}

#endif /* _DMARING_WINDOW_H */
