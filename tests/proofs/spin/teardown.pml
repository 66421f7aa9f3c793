/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a ring: its file is closed while its owned channel works, while
 * a drain issues, and while callbacks come, late and twice.
 *
 * Each request completes once; nothing touches a ring that is freed; no engine
 * works on memory that is freed; and the close comes to its end. A transfer may
 * hang: then only terminate ends it.
 *
 * Every step is one critical section or one call; each names the function that it
 * stands for. Planted faults are named PLANT_...
 */
#define REQUESTS	2
#define NONE		255

mtype = { QUEUED, ISSUED, DONE, FREE };
mtype state[REQUESTS] = FREE;
byte completions[REQUESTS];
bool s_done[REQUESTS];		/* in the list of the close */
byte refs = 1;			/* ring->refs: the file */
bool dead;			/* ring->dead */
bool freed;			/* ring_free() has run */
bool doorbell_work, doorbell_running;	/* ring->doorbell_work */
byte taken;			/* entries consumed */

/* The channel, which outlives the ring; one slot, so that it is used again */
byte slot_request = NONE;
byte slot_generation;
bool issuing;			/* the role */
byte stopping;			/* channel->stopping */
bool stop_work, stop_running;	/* channel->stop_work */
bool owned = true;		/* channel->owner == ring */
byte drains;			/* how often a doorbell may still come */

/* The engine: what was submitted there, with its ticket's generation */
bool hw_busy;
byte hw_generation;
bool late;		/* a callback that may still come, or come again */
byte late_generation;
byte callbacks;			/* callbacks that run: terminate_sync waits for them */

#define ALIVE	assert(!freed)

/* ring.c, dmaring_ring_put() and dmaring_ring_close()'s last line */
inline put()
{
	d_step {
		ALIVE;
		assert(refs > 0);
		refs--;
		if
		:: refs == 0 ->
			freed = true;
			/* ring_free(): no engine may write to the pools any more */
			assert(!hw_busy);
			assert(state[0] == FREE && state[1] == FREE)
		:: else
		fi
	}
}

/* completion.c, request_finish(): posts, and lets go of the request's reference */
inline finish(r)
{
	d_step {
		ALIVE;
		assert(state[r] == DONE);
		completions[r]++;
		assert(completions[r] == 1);
		state[r] = FREE
	}
	put()
}

/* issue.c, dmaring_channel_issue(): one descriptor; the role is kept over the submit */
inline issue()
{
	atomic {
		r = NONE;
		if
		:: !issuing && !stopping && slot_request == NONE && state[0] == QUEUED -> r = 0
		:: !issuing && !stopping && slot_request == NONE && state[0] != QUEUED &&
		   state[1] == QUEUED -> r = 1
		:: else
		fi;
		if
		:: r != NONE ->		/* slot_take() */
			issuing = true;
			slot_request = r;
			state[r] = ISSUED
		:: else
		fi
	}
	if
	:: r != NONE ->
		/* prepare.c, dmaring_request_submit(), without a lock */
		d_step { hw_busy = true; hw_generation = slot_generation }
		issuing = false		/* and wake_up(&channel->idle) */
	:: else
	fi
}

/* submission.c, dmaring_ring_drain(): takes an entry unless the ring is dead */
inline drain()
{
	d_step {
		ALIVE;
		r = NONE;
		if
#ifdef PLANT_TAKES_WHEN_DEAD
		:: taken < REQUESTS ->
#else
		:: !dead && taken < REQUESTS ->		/* drain_pass(), under sq_lock */
#endif
			r = taken;
			taken++;
			refs++;				/* dmaring_request_init() */
			state[r] = QUEUED		/* dmaring_queue_append() */
		:: else
		fi
	}
	issue()
}

/* issue.c, dmaring_channel_complete() from a callback with a ticket of generation g */
inline complete(g)
{
	atomic {
		r = NONE;
		if
#ifdef PLANT_LATE_CALLBACK_BELIEVED
		:: slot_request != NONE ->
#else
		:: slot_request != NONE && slot_generation == g ->
#endif
			assert(!hw_busy);		/* what is completed has left the engine */
			r = slot_request;
			slot_request = NONE;		/* dmaring_slot_free() */
			slot_generation++;
			state[r] = DONE			/* dmaring_request_settle() */
		:: else					/* a stray callback */
		fi
	}
	if
	:: r != NONE -> finish(r); drain()
	:: else
	fi
}

/* The engine finishes what it has, or hangs; and calls back, late and twice */
active [2] proctype engine()
{
	byte r = NONE, g;

end:
	do
	:: atomic { hw_busy -> hw_busy = false; g = hw_generation; callbacks++ };
		d_step { late = true; late_generation = g };
		complete(g);
		callbacks--
	:: atomic { late -> late = false; g = late_generation; callbacks++ };
		complete(g);
		callbacks--
	od
}

/* notify.c, dmaring_doorbell_work() */
active proctype doorbell_worker()
{
	byte r = NONE;

end:
	do
	:: atomic { doorbell_work -> doorbell_work = false; doorbell_running = true };
		drain();
		doorbell_running = false
	od
}

/* stop.c, engine_stop() */
active proctype stop_worker()
{
	byte r = NONE, wanted;

end:
	do
	:: atomic { stop_work -> stop_work = false; stop_running = true };
		wanted = stopping;
		if
		:: wanted ->
#ifndef PLANT_ISSUER_NOT_AWAITED
			!issuing;			/* issuer_wait() */
#endif
			/* dmaengine_terminate_sync(): nothing moves, no callback runs */
			hw_busy = false;
			callbacks == 0;
			/* slot_end() of the slot, and the list of issued requests */
			d_step {
				r = slot_request;
				if
				:: r != NONE ->
					slot_request = NONE;
					slot_generation++;
					state[r] = DONE
				:: else
				fi
			}
			if
			:: r != NONE -> finish(r)
			:: else
			fi;
			stopping = stopping - wanted;
			issue();
			if
			:: owned -> drain()		/* the owner waits for this work item */
			:: else
			fi
		:: else
		fi;
		stop_running = false
	od
}

/* A doorbell by eventfd may come at any time until it is unregistered. */
bool doorbell = true;
active proctype bell()
{
	do
	:: atomic { doorbell && drains < REQUESTS -> drains++; doorbell_work = true }
	:: atomic { !doorbell || drains == REQUESTS -> break }
	od
}

/* ring.c, dmaring_ring_close() */
active proctype closer()
{
	byte r = NONE;

	dead = true;			/* ring_die() */
	doorbell = false;		/* dmaring_doorbell_clear() */
	/* ring_abort(): dmaring_queue_abort() ends what waits ... */
	do
	:: r < REQUESTS || r == NONE ->
		r = (r == NONE -> 0 : r);
		d_step {
			if
			:: state[r] == QUEUED -> state[r] = DONE; s_done[r] = true
			:: else
			fi
		}
		r++
	:: else -> break
	od;
#ifndef PLANT_RELEASED_WITHOUT_A_STOP
	/* ... dmaring_channel_stop() the rest, and waits for it */
	atomic { stopping++; stop_work = true }
#ifndef PLANT_RELEASED_WITHOUT_A_WAIT
	!stop_work && !stop_running;	/* flush_work() */
#endif
#endif
	r = 0;
	do
	:: r < REQUESTS ->
		if
		:: s_done[r] -> finish(r)
		:: else
		fi;
		r++
	:: else -> break
	od;
#ifndef PLANT_WORK_NOT_CANCELLED
	doorbell_work = false;		/* cancel_work_sync() */
	!doorbell_running;
#endif
	owned = false;			/* dmaring_channel_unclaim() */
	put()
}

ltl is_freed { <> freed }
