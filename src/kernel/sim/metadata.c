// SPDX-License-Identifier: GPL-2.0-only
/*
 * Metadata of descriptors: a source that numbers its blocks in them. 16 bytes,
 * little-endian: position of the block's end in the pattern (64 bits), number of
 * the block (32 bits), zero (32 bits).
 *
 * In client mode they are written into the client's memory when the transaction
 * ends; in engine mode the client may ask for them until its callback returns.
 *
 * Locks: device->lock is held by whoever writes them.
 */
#include <linux/string.h>
#include "sim.h"

static int attach(struct dma_async_tx_descriptor *tx, void *data, size_t bytes)
{
	struct sim_desc *d = to_sim_desc(tx);

	if (d->state != SIM_PREPARED || !data || bytes < SIM_METADATA_NUMBER + sizeof(__le32))
		return -EINVAL;
	d->metadata = data;
	d->metadata_bytes = min_t(size_t, bytes, SIM_METADATA_BYTES);
	return 0;
}

static void *get_ptr(struct dma_async_tx_descriptor *tx, size_t *payload, size_t *room)
{
	struct sim_desc *d = to_sim_desc(tx);

	*payload = d->completed ? SIM_METADATA_BYTES : 0;
	*room = SIM_METADATA_BYTES;
	return d->area;
}

static int set_len(struct dma_async_tx_descriptor *tx, size_t bytes)
{
	return -EOPNOTSUPP;
}

static struct dma_descriptor_metadata_ops operations = {
	.attach = attach,
	.get_ptr = get_ptr,
	.set_len = set_len,
};

/**
 * sim_metadata_init() - a transaction begins without any
 * @c: its channel
 * @d: transaction, being prepared
 *
 * Context: device->lock is held.
 */
void sim_metadata_init(struct sim_channel *c, struct sim_desc *d)
{
	d->metadata = NULL;
	d->tx.desc_metadata_mode = DESC_METADATA_NONE;
	d->tx.metadata_ops = c->device->settings.metadata ? &operations : NULL;
}

/**
 * sim_metadata_write() - the device has something to say of a transaction
 * @c: its channel
 * @d: transaction that ends
 * @position: bytes of the pattern so far
 * @number: of the block
 *
 * Context: device->lock is held.
 */
void sim_metadata_write(struct sim_channel *c, struct sim_desc *d, u64 position, u32 number)
{
	__le64 end = cpu_to_le64(position);
	__le32 word = cpu_to_le32(number);

	if (!c->device->settings.metadata)
		return;
	memset(d->area, 0, SIM_METADATA_BYTES);
	memcpy(d->area, &end, sizeof(end));
	memcpy(d->area + SIM_METADATA_NUMBER, &word, sizeof(word));
	if (d->metadata)
		memcpy(d->metadata, d->area, d->metadata_bytes);
}
