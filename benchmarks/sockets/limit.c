/* The limit: one epoll loop that receives, cuts frames and counts those of events. It neither reads nor matches them.
 *
 *     limit PORT SOCKETS WARM SECONDS      prints {"events": n, "cpu": seconds}, of the SECONDS after WARM
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROOM 65536 /* bytes a read, as the reactor's */
#define MOST 1024  /* sockets */

static const char UPGRADE[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
static const char CONNECT[] = "\x81\x82\0\0\0\0" "40"; /* masked with zero */

struct link { int fd; size_t held; unsigned char buffer[ROOM]; };

static double now(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int opened(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    if (write(fd, UPGRADE, sizeof UPGRADE - 1) < 0) die("upgrade");
    char answer[2048];
    size_t got = 0;
    while (got < sizeof answer - 1) { /* the sender follows the head with its open packet: wait for both */
        ssize_t size = read(fd, answer + got, sizeof answer - 1 - got);
        if (size <= 0) die("handshake");
        answer[got += size] = 0;
        char *end = strstr(answer, "\r\n\r\n");
        if (end && answer + got > end + 4) break;
    }
    if (write(fd, CONNECT, sizeof CONNECT - 1) < 0) die("connect packet");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* Frames that are whole in `link`; what is left is moved to the front. */
static long cut(struct link *link) {
    size_t pos = 0;
    long count = 0;
    while (link->held - pos >= 4) {
        unsigned char *frame = link->buffer + pos;
        size_t head = 2, size = frame[1];
        if (size == 126) {
            head = 4;
            size = frame[2] << 8 | frame[3];
        }
        if (link->held - pos < head + size) break;
        if (frame[0] == 0x81) count++;
        pos += head + size;
    }
    link->held -= pos;
    if (link->held && pos) memmove(link->buffer, link->buffer + pos, link->held);
    return count;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int count = atoi(argv[2]), epoll = epoll_create1(0);
    double warm = atof(argv[3]), seconds = atof(argv[4]);
    if (count < 1 || count > MOST) return 2;
    struct link *links = calloc(count, sizeof *links);
    for (int n = 0; n < count; n++) {
        links[n].fd = opened(atoi(argv[1]));
        struct epoll_event watched = {.events = EPOLLIN, .data.ptr = &links[n]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, links[n].fd, &watched);
    }
    double start = now(CLOCK_MONOTONIC) + warm, cpu = -1;
    long events = 0;
    struct epoll_event ready[MOST];
    for (;;) {
        int many = epoll_wait(epoll, ready, MOST, 100);
        double at = now(CLOCK_MONOTONIC);
        if (cpu < 0 && at >= start) {
            cpu = now(CLOCK_PROCESS_CPUTIME_ID);
            events = 0;
        }
        if (at >= start + seconds) break;
        for (int n = 0; n < many; n++) {
            struct link *link = ready[n].data.ptr;
            ssize_t size = read(link->fd, link->buffer + link->held, ROOM - link->held);
            if (size == 0) die("the sender hung up");
            if (size < 0 && errno != EAGAIN) die("read");
            if (size > 0) link->held += size, events += cut(link);
        }
    }
    printf("{\"events\": %ld, \"cpu\": %.6f}\n", events, now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    return 0;
}
