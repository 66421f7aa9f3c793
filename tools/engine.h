/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dmaengine's channels, as sysfs shows them: which there are, and who has them.
 */
#ifndef DMARING_ENGINE_H
#define DMARING_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * engine_exists() - is there a channel of this name
 * @engine:	as in /sys/class/dma
 */
bool engine_exists(const char *engine);

/**
 * engine_used() - does a client have it
 * @engine:	as in /sys/class/dma
 */
bool engine_used(const char *engine);

/**
 * engine_holder() - who has it
 * @engine:	as in /sys/class/dma
 * @buf:	filled in: "device mem0", "client 40013000.spi", "somebody"
 * @size:	room in @buf
 *
 * Return: @buf.
 */
const char *engine_holder(const char *engine, char *buf, size_t size);

/**
 * engine_list() - names of channels
 * @used:	those that a client has, with the client; else the free ones
 * @buf:	filled in, "none" if there is none; "..." at the end for more
 * @size:	room in @buf
 *
 * Return: @buf.
 */
const char *engine_list(bool used, char *buf, size_t size);

#endif /* DMARING_ENGINE_H */
