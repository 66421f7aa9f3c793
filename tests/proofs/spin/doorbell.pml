/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Doorbell, credits and wake-up of a ring with one channel: is an entry ever
 * left behind, does a user ever sleep beside a completion that it asked for?
 *
 * A user submits N entries, consumes N completions, and sleeps in between by
 * event index and poll. It blocks for good, which is an invalid end state, if
 * the driver forgets it; anything else that goes wrong is an assertion. That
 * it gets to its end is "all_done", under weak fairness.
 *
 * Every step is one access to what is shared; each names the function that it
 * stands for. Memory is sequentially consistent here: that the barriers make it
 * so for these accesses is what the litmus tests are about. Indices do not wrap:
 * that is for CBMC (indices.c).
 *
 * Progress: -DN=2
 * Planted faults are named PLANT_...; spin_test.sh takes them by name.
 */
#ifndef N
#define N	3
#endif
#define SQ	2
#define CQ	4
#define CONTROL	2	/* DMARING_CONTROL_SLOTS */
#ifndef WINDOW
#define WINDOW	1	/* channel->window */
#endif

byte sq_tail, sq_head;		/* USER, KERN */
byte cq_tail, cq_head, cq_event;
bool need_doorbell = true, cq_full;	/* ring->sq_flags, kctl->sq_flags */
byte promised;
byte pending, in_engine, issued;	/* queue->pending, channel->in_engine, queue->issued */
byte queued, running;		/* submitted to dmaengine, and issued there */
bool blocked;			/* ring->blocked */
bool issuing, issue_again;
bool doorbell_work;		/* queued */
bool waiter, woken;		/* the wait queue has the user; it was woken */
byte bell_cq_head = 255;	/* library: cq_head at the last doorbell */
bool finished;

bool sq_lock, cq_lock;

inline lock(l) { atomic { !l -> l = true } }
inline unlock(l) { l = false }

/* Local to each context that drains. */
#define DRAIN_LOCALS \
	byte tail, taken, room; \
	bool wait, more, again, bell, slots, risen, mine

/* submission.c, credits(): completion slots not promised to anybody. */
inline credits()
{
#ifdef PLANT_ONE_CREDIT_TOO_MANY
	room = CQ + CONTROL + 1 - (promised - cq_head)
#else
	room = CQ - (promised - cq_head)	/* H */
#endif
}

/* submission.c, drain_pass() */
inline drain_pass()
{
	taken = 0; wait = false; more = false;
	if
	:: sq_tail == sq_head			/* the look without the lock */
	:: else ->
		lock(sq_lock);
		tail = sq_tail;			/* B */
		credits();
		/* Under sq_lock, and nothing shared is loaded again: one step. */
		d_step {
			do
			:: sq_head != tail && room > CONTROL ->
				sq_head++; promised++; room--; taken++;
				pending++	/* operation.c, dmaring_queue_append() */
			:: sq_head != tail && room <= CONTROL -> wait = true; break
			:: else -> break
			od;			/* C */
			more = sq_head != tail && !wait;
			blocked = wait;
			tail = 0; room = 0
		}
		assert(promised - cq_head <= CQ - CONTROL);	/* data leaves two slots */
		unlock(sq_lock)
	fi
}

/*
 * issue.c, dmaring_channel_issue() with slot_take(). What channel->lock protects
 * changes in one step, from where it is taken to where it is let go.
 */
inline channel_issue()
{
	d_step {
		mine = !issuing && pending && in_engine < WINDOW;
		if
		:: mine -> issuing = true; issue_again = false
#ifndef PLANT_ISSUE_AGAIN_FORGOTTEN
		:: else -> issue_again = issuing
#else
		:: else
#endif
		fi
	}
	do
	:: !mine -> break
	:: mine && pending && in_engine < WINDOW ->
		d_step { pending--; in_engine++; issued++ };
		queued++		/* prepare.c, dmaring_request_submit() */
	:: mine && (!pending || in_engine >= WINDOW) ->
		d_step { running = running + queued; queued = 0 };	/* dma_async_issue_pending() */
		d_step { mine = issue_again; issue_again = false; issuing = mine }
	od
}

/* submission.c, doorbell_settle() with doorbell_flags() */
inline doorbell_settle()
{
	again = false;
	bell = issued == 0;
#ifndef PLANT_BLOCKED_OF_AN_OLD_PASS
	wait = blocked;
#endif
	if
	:: !bell && !wait && !need_doorbell && !cq_full	/* nothing to publish */
	:: else ->
		lock(sq_lock);
#ifndef PLANT_BLOCKED_OF_AN_OLD_PASS
		wait = blocked;
#endif
		bell = issued == 0 || wait;
		slots = wait;
		if
		:: bell != need_doorbell || slots != cq_full ->
			risen = (bell && !need_doorbell) || (slots && !cq_full);
#ifdef PLANT_FLAG_AFTER_THE_LOOK
			if
			:: risen ->
				again = sq_tail != sq_head;
				if
				:: again -> credits(); again = room > (wait -> CONTROL : 0)
				:: else
				fi
			:: else
			fi;
			d_step { need_doorbell = bell; cq_full = slots }
#else
			d_step { need_doorbell = bell; cq_full = slots }	/* one word, then K */
#ifndef PLANT_NO_SECOND_LOOK
			if
			:: risen ->
				again = sq_tail != sq_head;
				if
				:: again -> credits(); again = room > (wait -> CONTROL : 0)
				:: else
				fi
			:: else
			fi
#endif
#endif
		:: else
		fi;
		unlock(sq_lock)
	fi
}

/*
 * submission.c, dmaring_ring_drain(). After as many entries as the ring has,
 * the rest goes to the work item: here after every pass, or not, as it comes.
 */
inline drain()
{
	do
	:: drain_pass();
		if
		:: taken -> channel_issue()
		:: else
		fi;
		again = false;
		if
		:: more -> again = true
		:: else -> doorbell_settle()
		fi;
		if
		:: again && taken
		:: again -> doorbell_work = true; break
		:: else -> break
		fi
	od;
	/* Nobody looks at these again: fewer states. */
	skip;
	d_step {
		tail = 0; taken = 0; room = 0;
		wait = false; more = false; again = false; bell = false; slots = false; risen = false
	}
}

/* notify.c, dmaring_notify(): the wake-up under the queue's lock (P) */
inline notify()
{
	atomic {
		if
		:: waiter -> waiter = false; woken = true
		:: else
		fi
	}
}

/* index.h, dmaring_index_notify() of one step of the tail */
#define STALE(head, event)	((event) < (head) || (event) - (head) >= CQ)
#define NOTIFY(old, head, event) (STALE(head, event) || (event) == (old))
/* index.h, dmaring_index_ready() */
#define READY(tail, head, event) ((tail) != (head) && (STALE(head, event) || (event) < (tail)))

/* The engine, and its callback: issue.c, dmaring_channel_complete() */
active proctype engine()
{
	DRAIN_LOCALS;
	byte head, event, old;
	bool wake;

end:
	do
	:: running ->
progress:	running--;
		in_engine--;			/* dmaring_slot_free(), dmaring_request_settle() */
#ifdef PLANT_DRAIN_BEFORE_THE_COUNT
		drain();
#endif
#ifdef PLANT_WOKEN_BEFORE_THE_POST
		notify();
#endif
		/* completion.c, dmaring_completion_post() */
		lock(cq_lock);
		assert(cq_tail - cq_head < CQ);	/* a completion never finds the ring full */
		assert(cq_tail < promised);
		old = cq_tail;
		cq_tail = old + 1;		/* E, M */
		head = cq_head;
		event = cq_event;
		wake = NOTIFY(old, head, event);
		unlock(cq_lock);
		if
#ifndef PLANT_WOKEN_BEFORE_THE_POST
		:: wake -> notify()
		:: else
#else
		:: true
#endif
		fi;
		d_step { head = 0; event = 0; old = 0; wake = false }
		issued--;			/* dmaring_queue_leave() */
		if
		:: pending -> channel_issue()
		:: else
		fi;
#ifndef PLANT_DRAIN_BEFORE_THE_COUNT
		drain()
#endif
	od
}

/* notify.c, dmaring_doorbell_work() */
active proctype worker()
{
	DRAIN_LOCALS;

end:
	do
	:: doorbell_work -> doorbell_work = false; drain()
	od
}

/* ring.h and cq.c of the library, and file.c below it */
active proctype user()
{
	DRAIN_LOCALS;
	byte want;
	bool ready;

	do
	:: sq_tail < N && sq_tail - sq_head < SQ ->	/* dmaring_get_sqe(), D */
		sq_tail++;				/* dmaring_submit(), A; then J */
		if
		:: need_doorbell -> bell_cq_head = cq_head; drain()
		:: else
		fi
	:: cq_tail != cq_head ->			/* dmaring_peek_cqe(), F */
		cq_event = cq_head + 1;			/* dmaring_cq_advance() */
		cq_head++				/* G */
	:: cq_head == N -> break
	:: cq_head < sq_tail && cq_tail == cq_head ->
		/* dmaring_cq_empty_(): J, then slots_are_waited_for() */
#ifndef PLANT_SLOTS_NOT_TOLD
		if
		:: sq_head != sq_tail && cq_full && need_doorbell && bell_cq_head != cq_head ->
			bell_cq_head = cq_head; drain()
		:: else
		fi;
#endif
		/* dmaring_wake_after() the next one, or two */
		if
		:: want = 1
		:: cq_head + 2 <= sq_tail -> want = 2
		fi;
		cq_event = cq_head + want - 1;		/* L */
		if
		:: cq_tail - cq_head >= want		/* fulfilled meanwhile */
		:: else ->
			/* file.c, file_poll(), and the sleep */
#ifdef PLANT_TESTED_BEFORE_JOINING
			ready = READY(cq_tail, cq_head, cq_event);
			atomic { waiter = true; woken = false }
#else
			atomic { waiter = true; woken = false }	/* N */
			/* T; completion.c, dmaring_ring_readable() */
			lock(cq_lock);
			ready = READY(cq_tail, cq_head, cq_event);
			unlock(cq_lock);
#endif
			if
			:: ready
			:: else -> woken
			fi;
			d_step { waiter = false; woken = false; ready = false }
		fi;
		want = 0
	od;
	assert(cq_tail == N && sq_head == N && promised == N);
	finished = true
}

ltl all_done { <> finished }
