#include "serve/connections.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/server.h"

#include "test.h"

/* A connection whose other end can be looked at. */
struct peer {
	struct connection *connection;
	int ours, theirs;
};

static struct peer open_peer(struct connections *connections, double now)
{
	struct peer peer;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	peer.ours = ends[0];
	peer.theirs = ends[1];
	peer.connection = connections_add(connections, ends[0], now);
	return peer;
}

static void close_peer(struct connections *connections, struct peer *peer)
{
	connections_remove(connections, peer->connection);
	close(peer->ours);
	close(peer->theirs);
}

/* Return whether the connection was cut off. */
static bool is_cut(const struct peer *peer)
{
	char byte;

	return recv(peer->theirs, &byte, 1, MSG_DONTWAIT) == 0;
}

/* Check that what waits so is cut off after so many seconds, and not before. */
static void check_patience(enum connection_wait wait, uint64_t bytes, double seconds)
{
	struct connections connections;
	struct peer peer;

	connections_init(&connections, 1);
	peer = open_peer(&connections, 5);
	connections_wait(&connections, peer.connection, wait, bytes, 100);
	connections_sweep(&connections, 100 + seconds);
	assert_false(is_cut(&peer));
	connections_sweep(&connections, 100.001 + seconds);
	assert_true(is_cut(&peer));
	close_peer(&connections, &peer);
	connections_release(&connections);
}

TEST(each_wait_has_its_end)
{
	check_patience(CONNECTION_NEW, 0, SERVER_HEAD_SECONDS);
	check_patience(CONNECTION_HEAD, 0, SERVER_HEAD_SECONDS);
	check_patience(CONNECTION_KEPT, 0, SERVER_IDLE_SECONDS);
	check_patience(CONNECTION_BODY, 0, SERVER_HEAD_SECONDS);
	check_patience(CONNECTION_REPLY, 0, SERVER_HEAD_SECONDS);
	check_patience(CONNECTION_REPLY, 8 * SERVER_FLOOR, SERVER_HEAD_SECONDS + 8);
}

TEST(an_end_that_was_overlooked_is_told_again)
{
	struct connections connections;
	struct peer peer;
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
	int edges = epoll_create1(0);

	connections_init(&connections, 1);
	peer = open_peer(&connections, 5);
	assert_int_equal(epoll_ctl(edges, EPOLL_CTL_ADD, peer.ours, &event), 0);
	connections_sweep(&connections, 5);
	assert_int_equal(epoll_wait(edges, &event, 1, 0), 0);
	assert_int_equal(shutdown(peer.theirs, SHUT_WR), 0);
	assert_int_equal(epoll_wait(edges, &event, 1, 0), 1);
	assert_int_equal(epoll_wait(edges, &event, 1, 0), 0);
	connections_sweep(&connections, 5);
	assert_int_equal(epoll_wait(edges, &event, 1, 0), 1);
	close(edges);
	close_peer(&connections, &peer);
	connections_release(&connections);
}

TEST(a_body_that_comes_fast_enough_may_take_its_time)
{
	struct connections connections;
	struct peer peer;

	connections_init(&connections, 1);
	peer = open_peer(&connections, 0);
	connections_wait(&connections, peer.connection, CONNECTION_BODY, 0, 0);
	for (int second = 1; second <= 100; second++) {
		connections_progress(&connections, peer.connection, SERVER_FLOOR);
		connections_sweep(&connections, second + SERVER_HEAD_SECONDS);
	}
	assert_false(is_cut(&peer));
	connections_sweep(&connections, 100.5 + SERVER_HEAD_SECONDS);
	assert_true(is_cut(&peer));
	close_peer(&connections, &peer);
	connections_release(&connections);
}

TEST(nobody_is_cut_off_for_waiting_for_us)
{
	struct connections connections;
	struct peer peer;

	connections_init(&connections, 1);
	peer = open_peer(&connections, 0);
	connections_wait(&connections, peer.connection, CONNECTION_BUSY, 0, 0);
	connections_sweep(&connections, 1e9);
	assert_false(is_cut(&peer));
	assert_false(connections_evict(&connections));
	close_peer(&connections, &peer);
	connections_release(&connections);
}

TEST(who_waits_longest_between_requests_makes_room_first_then_others_but_for_the_spared)
{
	/* in the order in which they began to wait */
	static const struct {
		enum connection_wait wait;
		bool is_spared;
		int turn; /* 0: never */
	} rows[] = {
		{CONNECTION_BODY, true, 0},
		{CONNECTION_BUSY, false, 0},
		{CONNECTION_BODY, false, 4},
		{CONNECTION_REPLY, false, 5},
		{CONNECTION_NEW, false, 1},
		{CONNECTION_KEPT, false, 2},
		{CONNECTION_HEAD, false, 3},
	};
	struct connections connections;
	struct peer peers[COUNT(rows)];

	connections_init(&connections, 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		peers[COUNT(rows) - 1 - i] = open_peer(&connections, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		connections_wait(&connections, peers[i].connection, rows[i].wait, 0, (double)i);
		if (rows[i].is_spared)
			connections_spare(&connections, peers[i].connection);
	}
	for (int turn = 1; turn <= 5; turn++) {
		assert_true(connections_evict(&connections));
		for (size_t i = 0; i < COUNT(rows); i++)
			assert_int_equal(is_cut(&peers[i]), rows[i].turn && rows[i].turn <= turn);
	}
	assert_false(connections_evict(&connections));
	for (size_t i = 0; i < COUNT(rows); i++)
		close_peer(&connections, &peers[i]);
	connections_release(&connections);
}

TEST(no_more_are_spared_than_may_be)
{
	struct connections connections;
	struct peer first, second;

	connections_init(&connections, 1);
	first = open_peer(&connections, 0);
	second = open_peer(&connections, 1);
	for (int again = 0; again < 2; again++) {
		connections_spare(&connections, first.connection);
		connections_spare(&connections, second.connection);
	}
	assert_true(connections_evict(&connections));
	assert_true(is_cut(&second));
	assert_false(connections_evict(&connections));
	close_peer(&connections, &second);
	connections_wait(&connections, first.connection, CONNECTION_KEPT, 0, 2);
	second = open_peer(&connections, 3);
	connections_spare(&connections, second.connection);
	assert_true(connections_evict(&connections));
	assert_true(is_cut(&first));
	assert_false(connections_evict(&connections));
	close_peer(&connections, &first);
	close_peer(&connections, &second);
	connections_release(&connections);
}

TEST(as_many_make_room_as_there_are_too_many_be_they_only_expected)
{
	struct connections connections;
	struct peer peers[6];
	int left = 0;

	connections_init(&connections, 1);
	for (size_t i = 0; i < COUNT(peers); i++)
		peers[i] = open_peer(&connections, (double)i);
	connections_expect(&connections);
	connections_expect(&connections);
	assert_int_equal(connections_count(&connections), COUNT(peers) + 2);
	for (int again = 0; again < 2; again++)
		connections_make_room(&connections, 5);
	for (size_t i = 0; i < COUNT(peers); i++) {
		assert_int_equal(is_cut(&peers[i]), i < 4);
		left += !is_cut(&peers[i]);
	}
	assert_int_equal(left, 2);
	close_peer(&connections, &peers[0]);
	assert_int_equal(connections_count(&connections), COUNT(peers) + 1);
	peers[0] = open_peer(&connections, 10); /* one of the expected */
	assert_int_equal(connections_count(&connections), COUNT(peers) + 1);
	connections_forget_expected(&connections);
	assert_int_equal(connections_count(&connections), COUNT(peers));
	connections_make_room(&connections, 4);
	assert_false(is_cut(&peers[4]));
	for (size_t i = 0; i < COUNT(peers); i++)
		close_peer(&connections, &peers[i]);
	assert_int_equal(connections_count(&connections), 0);
	connections_release(&connections);
}

TEST(at_the_end_those_between_requests_are_cut_off_and_the_others_when_they_get_there)
{
	struct connections connections;
	struct peer idle, busy;

	connections_init(&connections, 1);
	idle = open_peer(&connections, 0);
	busy = open_peer(&connections, 0);
	connections_wait(&connections, busy.connection, CONNECTION_BODY, 0, 0);
	connections_end(&connections);
	assert_true(connections_ending(&connections));
	assert_true(is_cut(&idle));
	assert_false(is_cut(&busy));
	connections_wait(&connections, busy.connection, CONNECTION_REPLY, 0, 1);
	assert_false(is_cut(&busy));
	connections_wait(&connections, busy.connection, CONNECTION_KEPT, 0, 1);
	assert_true(is_cut(&busy));
	close_peer(&connections, &idle);
	close_peer(&connections, &busy);
	assert_int_equal(connections_await(&connections, 0, 0), 0);
	connections_release(&connections);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_wait_has_its_end),
		cmocka_unit_test(an_end_that_was_overlooked_is_told_again),
		cmocka_unit_test(a_body_that_comes_fast_enough_may_take_its_time),
		cmocka_unit_test(nobody_is_cut_off_for_waiting_for_us),
		cmocka_unit_test(
			who_waits_longest_between_requests_makes_room_first_then_others_but_for_the_spared),
		cmocka_unit_test(no_more_are_spared_than_may_be),
		cmocka_unit_test(as_many_make_room_as_there_are_too_many_be_they_only_expected),
		cmocka_unit_test(
			at_the_end_those_between_requests_are_cut_off_and_the_others_when_they_get_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
