// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * ezdma: what one does with ezdma: write() sends, read() receives. Both channels are
 * of one node; each open file takes the one that it is used for.
 *
 *	cc ezdma.c -o ezdma
 *	./ezdma /dev/dmaring/loop0
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES	65536

static unsigned char tx_buf[BYTES], rx_buf[BYTES];

static int send_all(const char *node)
{
	int tx_fd = open(node, O_WRONLY);

	if (tx_fd < 0 || write(tx_fd, tx_buf, BYTES) != BYTES || fsync(tx_fd) || close(tx_fd)) {
		perror(node);
		return 1;
	}
	return 0;
}

static int receive_all(const char *node)
{
	int rx_fd = open(node, O_RDONLY);
	ssize_t done = 0, n = 1;

	while (rx_fd >= 0 && done < BYTES && n > 0) {
		n = read(rx_fd, rx_buf + done, BYTES - done);
		done += n > 0 ? n : 0;
	}
	if (done < BYTES) {
		perror(node);
		return 1;
	}
	close(rx_fd);
	return memcmp(tx_buf, rx_buf, BYTES) != 0;
}

int main(int argc, char **argv)
{
	const char *node = argc > 1 ? argv[1] : "/dev/dmaring/ezdma0";
	int i, status, wrong;
	pid_t pid;

	for (i = 0; i < BYTES; i++)
		tx_buf[i] = i * 5;
	pid = fork();
	if (!pid)
		_exit(send_all(node));
	wrong = receive_all(node);
	if (waitpid(pid, &status, 0) != pid || status || wrong)
		return 1;
	printf("%s: %d bytes came back\n", node, BYTES);
	return 0;
}
