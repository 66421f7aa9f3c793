// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the bytes go: a file by O_DIRECT, or a socket from the pages themselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "direct.h"

#define TMPFS	0x01021994
#define RAMFS	0x858458f6

/* Younger than the oldest liburing; the numbers are the kernel's. */
#ifndef IORING_SEND_ZC_REPORT_USAGE
#define IORING_SEND_ZC_REPORT_USAGE	(1U << 3)
#endif
#ifndef IORING_NOTIF_USAGE_ZC_COPIED
#define IORING_NOTIF_USAGE_ZC_COPIED	(1U << 31)
#endif

static bool is_tcp(const char *to)
{
	return !strncmp(to, RECV_TCP, strlen(RECV_TCP));
}

bool target_takes(const char *to)
{
	struct stat stat_buf;

	if (is_tcp(to))
		return true;
	if (!strcmp(to, "-"))
		return false;
	/* Pipes, terminals and /dev/null have no pages to write. */
	return stat(to, &stat_buf) < 0 || S_ISREG(stat_buf.st_mode) || S_ISBLK(stat_buf.st_mode);
}

/* A file in memory: newer kernels let it be opened with O_DIRECT, and copy. */
static bool is_memory(int fd)
{
	struct stat file;
	struct statfs fs;

	return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == TMPFS || fs.f_type == RAMFS);
}

static int open_file(struct target *target, const char *path, bool quiet)
{
	target->plain = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (target->plain < 0) {
		tool_message("recv: open %s: %s", path, strerror(errno));
		return TOOL_FAILED;
	}
	target->fd = is_memory(target->plain) ? -1 : open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (target->fd >= 0)
		return TOOL_OK;
	if (!quiet)
		tool_message("recv: %s: this file system has no O_DIRECT: the bytes are copied "
			     "through the page cache", path);
	return RECV_COPY;
}

static int connect_any(const struct addrinfo *list)
{
	const struct addrinfo *at;
	int fd = -1, err = EADDRNOTAVAIL;

	for (at = list; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
		if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) == 0)
			break;
		err = errno;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	errno = err;
	return fd;
}

static int open_socket(struct target *target, const char *to, struct io_uring *uring)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char *host = strdup(to + strlen(RECV_TCP)), *port, *name;
	struct io_uring_probe *probe;
	struct addrinfo *list;
	int err;

	port = host ? strrchr(host, ':') : NULL;
	if (!port || port == host || !port[1]) {
		free(host);
		tool_message("recv: %s is not tcp:HOST:PORT", to);
		return TOOL_USAGE;
	}
	*port++ = '\0';
	name = host;
	if (*name == '[' && port[-2] == ']') {	/* [::1] */
		port[-2] = '\0';
		name++;
	}
	err = getaddrinfo(name, port, &hints, &list);
	if (err) {
		tool_message("recv: %s: %s", to, gai_strerror(err));
	} else {
		target->fd = connect_any(list);
		if (target->fd < 0)
			tool_message("recv: connect %s: %s", to, strerror(errno));
		freeaddrinfo(list);
	}
	free(host);
	if (target->fd < 0)
		return TOOL_FAILED;
	target->socket = true;
	probe = io_uring_get_probe_ring(uring);
	target->zerocopy = probe && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC);
	io_uring_free_probe(probe);
	target->reports = target->zerocopy;
	if (!target->zerocopy)
		tool_message("recv: this kernel cannot send without a copy");
	return TOOL_OK;
}

int target_open(struct target *target, const char *to, bool quiet, struct io_uring *uring)
{
	target->name = to;
	return is_tcp(to) ? open_socket(target, to, uring) : open_file(target, to, quiet);
}

int target_close(struct target *target)
{
	int err = 0;

	if (target->fd >= 0 && close(target->fd) < 0)
		err = -errno;
	if (target->plain >= 0 && close(target->plain) < 0 && !err)
		err = -errno;
	target->fd = -1;
	target->plain = -1;
	return err;
}

const char *target_way(const struct target *target, int *copied)
{
	if (!target->socket) {
		*copied = target->copied >= DIRECT_ALIGN;
		if (target->refused)
			return "buffered writes";
		return target->registered ? "O_DIRECT of registered buffers" : "O_DIRECT";
	}
	*copied = !target->zerocopy || target->copies ? 1 : target->reports ? 0 : -1;
	if (!target->zerocopy)
		return "send";
	return target->registered ? "zero-copy send of registered buffers" : "zero-copy send";
}

void target_noticed(struct target *target, int res)
{
	if (target->reports && (uint32_t)res & IORING_NOTIF_USAGE_ZC_COPIED)
		target->copies++;
}

static void prep_send(const struct target *target, struct io_uring_sqe *sqe, const void *data,
		      uint32_t bytes, unsigned int index)
{
	if (!target->zerocopy) {
		io_uring_prep_send(sqe, target->fd, data, bytes, MSG_WAITALL | MSG_NOSIGNAL);
		return;
	}
	io_uring_prep_send_zc(sqe, target->fd, data, bytes, MSG_WAITALL | MSG_NOSIGNAL,
			      target->reports ? IORING_SEND_ZC_REPORT_USAGE : 0);
	if (target->registered) {
		sqe->ioprio |= IORING_RECVSEND_FIXED_BUF;
		sqe->buf_index = (uint16_t)index;
	}
}

void target_prep(struct target *target, struct io_uring_sqe *sqe, const void *data,
		 uint32_t bytes, uint64_t offset, unsigned int index)
{
	if (target->socket) {
		prep_send(target, sqe, data, bytes, index);
		return;
	}
	if (target->refused || offset % DIRECT_ALIGN || bytes < DIRECT_ALIGN) {
		target->copied += bytes;
		io_uring_prep_write(sqe, target->plain, data, bytes, offset);
		return;
	}
	bytes -= bytes % DIRECT_ALIGN;
	if (target->registered)
		io_uring_prep_write_fixed(sqe, target->fd, data, bytes, offset, (int)index);
	else
		io_uring_prep_write(sqe, target->fd, data, bytes, offset);
}
