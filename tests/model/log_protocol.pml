/* The log protocol of docs/state-format.md: who may append what to an environment's log, and when steps may run.

   Every process may be slow at any point, so pauses need no machinery: a cemli that is stopped is one that spin does not
   let move while the clock ticks. Neither do losses: a lost request is one that has not landed yet in any state to come,
   and a lost answer is one that nobody has read yet. A request may land at any time, also when its sender is gone.

   Switches (-D), all used by tests/model/run: what the world may do (the numbers below), PROPERTY to check one property
   only, GOAL to look for one good end, and to leave out one rule:

       NO_SAME_BYTES           an entry whose fate is not known is composed again
       NO_BYTE_COMPARISON      with it: any entry of the run is taken for the one that was sent
       NO_REPORTS              a spool is appended as the run's own also after a takeover
       NO_READING_OF_WORDS     an operator's entry is taken for a fence
       NO_LASTING_TAINT        a finish clears a taint that came after its start
       NO_ORDER                a dependent is announced ahead of the success of what it depends on
       NO_WRITE_AHEAD          a step starts when its start is announced, not when that is durable
       NO_WARDEN               nothing but a living cemli ends its steps
       NO_COUNT_FROM_SENDING   a lease is counted from the answer
       NO_CONDITION            the store writes over what is there
       NO_HEEDING_OF_REPORTS   a run starts again what a replay has reported as done in the meantime
       NO_LOOK_FIRST           a replay reports without looking whether there still is a doubt */

#ifndef RUNS
#define RUNS 2                  /* runs of cemli, side by side or one after another */
#endif
#ifndef PACKAGES
#define PACKAGES 2              /* 1: only A is desired */
#endif
#ifndef BEATS
#define BEATS 1                 /* heartbeats of each run */
#endif
#ifndef WORDS
#define WORDS 0                 /* an operator's entries */
#endif
#ifndef CRASHES
#define CRASHES RUNS            /* runs that are killed, each at any instant */
#endif
#ifndef TICKS
#define TICKS 1                 /* 0: time stands still, and only the proven dead are taken over from */
#endif
#ifndef REPLAYS
#define REPLAYS 0               /* of spools, also two of one; 0: a run that loses the store leaves none */
#endif

/* Ticks of the clock: from KILL on a warden ends steps and starts none, counted from the sending; from LEASE on others may
   take over, counted by the store from the landing. What is older than LEASE is the same as LEASE. */
#ifndef LEASE
#define LEASE 3
#endif
#define KILL (LEASE - 1)

#define A 0
#define B 1                     /* depends on A */
#define IDEMPOTENT(p) (p == A)

/* The properties. */
#define ONCE        1           /* no event of a run is in the log twice */
#define ABSENT      2           /* an entry is created only where there is none */
#define OWN         3           /* an entry of a run lands only while that run is the active one */
#define READABLE    4           /* no reader has to refuse the log */
#define FENCE       5           /* a run is ended by nothing but another run's run.abandoned */
#define TAINT       6           /* a taint is lifted only by a success whose start came after it */
#define DEPENDENCY  7           /* a step runs only when the success of what it depends on is durable */
#define AHEAD       8           /* a step runs only when its package.started is durable */
#define UNKNOWING   9           /* nothing is run twice unless the record said interrupted, resolved or tainted */
#define OVERLAP    10           /* no step runs beside, or behind the back of, another run */
#define KEPT       11           /* what was acknowledged or replayed as succeeded is believed ever after */
#define OBEYED     12           /* nothing is started behind a hold, a suspension or a success */

#ifdef PROPERTY
#define IS_CHECKED(name) (PROPERTY == name)
#else
#define IS_CHECKED(name) true
#endif
#define HOLDS(name, condition) \
    if \
    :: IS_CHECKED(name) && !(condition) -> violated = name; assert(violated == 0) \
    :: else \
    fi
byte violated;

/* Events of an entry; those of a package are shifted by it. */
#define RUN_STARTED     1
#define RUN_ABANDONED   2
#define RUN_FINISHED    4
#define HEARTBEAT       8
#define STARTED        16
#define SUCCEEDED      64
#define INTERRUPTED   256
#define NOT_STARTED  1024
#define REPORTED     4096       /* package.reported, a success */
#define OF(event, p) ((event) << (p))
#define BOTH(event)  ((event) * 3)
#define ENDS         (BOTH(SUCCEEDED) | BOTH(INTERRUPTED) | BOTH(NOT_STARTED))
/* In an operator's entry: a run that reads it starts the package no more. */
#define BARRED         16

/* What the record says of a package. */
#define NEVER_RUN 0
#define RUNNING   1
#define DONE      2
#define IN_DOUBT  3             /* interrupted */
#define TO_RETRY  4             /* resolved */
#define TAINTED   5

/* Who composed an entry. As nobody composes two entries for one number, this and the number stand for its bytes. */
#define AGAIN(r)    (RUNS + r)  /* used only without the rule that nothing is composed again */
#define REPLAY(i)   (2 * RUNS + i)
#define OPERATOR    (2 * RUNS + REPLAYS + 1)

/* Where a run is with the package `p`. */
#define NEXT      0
#define ANNOUNCED 1
#define DURABLE   2
#define AT_WORK   3
#define OVER      4             /* nothing more is started */

#define NOT_YET 0
#define ALIVE   1
#define GONE    2

typedef Entry {
    byte composer;
    short events
}
/* Entries that nobody will read any more are forgotten, and the others numbered anew, so that states that differ in their
   past alone are one state. */
#define LENGTH (RUNS * (6 + BEATS) + WORDS + REPLAYS)
Entry log[LENGTH + 2];
byte last;                      /* the last entry's number */
byte age;                       /* ticks since the active run's last entry landed */

/* The fold of all entries. */
byte active_run;                /* 0: there is none */
bool suspended;
typedef Package {
    byte status;
    byte attempt;               /* the run that made the last one */
    bool is_marked;             /* tainted since the start of that one */
    bool is_held;
    byte status_before;         /* what stands again where that one turns out not to have started */
    byte attempt_before;
    bool was_marked
}
Package package[2];

typedef Request {
    bool is_under_way;
    byte number;
    short events
}
Request request[OPERATOR];

/* What one run could not record. */
typedef Spool {
    byte writer;                /* 0: there is no spool yet */
    bool is_there;
    byte number;                /* of the entry whose fate is unknown; 0: there is none */
    short unknown;              /* its events */
    short rest                  /* events that were never sent */
}
Spool spool;

/* The run that the sender speaks of. */
#define WRITER(s) (s > 2 * RUNS -> spool.writer : (s > RUNS -> s - RUNS : s))

/* Runs, and behind them replays. */
#define READER(i) (RUNS + i)
bool is_reading[RUNS + REPLAYS + 2];
byte head[RUNS + REPLAYS + 2];  /* the last entry that was read */

byte cemli[4];
byte stage[4];
bool is_waiting[4];      /* for what becomes of its request */
byte step[4];            /* 1 + the package; 0: none runs */
byte step_end[4];        /* what the warden says of it */
#define ENDED_WELL 1
#define KILLED     2
byte held[4];            /* ticks since the last acknowledged entry was first sent */
byte sent[4];            /* ticks since the present one was */

/* What only the properties look at. */
short in_log[4];         /* the events of a run that are in the log */
byte tainted_since[4];   /* packages that were tainted after this run's start of them */
bool has_begun[2];
byte succeeded_in[2];           /* the run that knows of its success */

#ifdef GOAL
bool was_abandoned, was_told, was_reported, was_late, was_renewed;
#define NOTE(x) x = true
#define REACHED(goal, condition) \
    if \
    :: GOAL == goal && (condition) -> violated = 100 + goal; assert(violated == 0) \
    :: else \
    fi
#else
#define NOTE(x) skip
#define REACHED(goal, condition) skip
#endif
#ifdef NO_BYTE_COMPARISON
#define IS_TAKEN_FOR(composer_, me_) (composer_ == me_ || (me_ > RUNS && composer_ == me_ - RUNS))
#else
#define IS_TAKEN_FOR(composer_, me_) (composer_ == me_)
#endif
#define BOTH_ARE_DONE (package[A].status == DONE && (package[B].status == DONE || PACKAGES < 2))

hidden byte low, n, writer;

/* ---- The fold ---- */

inline take_success(p) {
#ifdef NO_LASTING_TAINT
    package[p].status = DONE
#else
    package[p].status = (package[p].is_marked -> TAINTED : DONE)
#endif
}

inline forget_what_stood_before(p) {
    package[p].status_before = NEVER_RUN;
    package[p].attempt_before = 0;
    package[p].was_marked = false
}

inline end_active_run() {
    if
    :: package[A].status == RUNNING -> package[A].status = IN_DOUBT; forget_what_stood_before(A)
    :: else
    fi;
    if
    :: package[B].status == RUNNING -> package[B].status = IN_DOUBT; forget_what_stood_before(B)
    :: else
    fi;
    active_run = 0;
    age = 0
}

inline fold_end(p, r_, what) {
    if
    :: what & (OF(SUCCEEDED, p) | OF(INTERRUPTED, p) | OF(NOT_STARTED, p)) ->
        HOLDS(READABLE, package[p].status == RUNNING && package[p].attempt == r_);
        if
        :: what & OF(SUCCEEDED, p) -> take_success(p)
        :: what & OF(INTERRUPTED, p) -> package[p].status = IN_DOUBT
        :: else ->
            package[p].status = package[p].status_before;
            package[p].attempt = package[p].attempt_before;
            package[p].is_marked = package[p].is_marked || package[p].was_marked
        fi;
        forget_what_stood_before(p)
    :: else
    fi
}

inline fold_start(p, r_, what) {
    if
    :: what & OF(STARTED, p) ->
        HOLDS(READABLE, package[p].status != RUNNING);
        HOLDS(OBEYED, package[p].status != DONE && !package[p].is_held && !suspended);
        package[p].status_before = package[p].status;
        package[p].attempt_before = package[p].attempt;
        package[p].was_marked = package[p].is_marked;
        package[p].status = RUNNING;
        package[p].attempt = r_;
        package[p].is_marked = false
    :: else
    fi
}

inline fold_report(p, r_, what) {
    if
    :: (what & OF(REPORTED, p)) && package[p].status == IN_DOUBT && package[p].attempt == r_ ->
        take_success(p);
        NOTE(was_reported)
    :: else
    fi
}

inline check_record(p) {
    HOLDS(TAINT, package[p].status != DONE || !(tainted_since[package[p].attempt] & (1 << p)));
    HOLDS(KEPT, succeeded_in[p] == 0
          || (package[p].attempt == succeeded_in[p] && (package[p].status == DONE || package[p].status == TAINTED))
          || (package[p].attempt != succeeded_in[p] && package[p].attempt != 0))
}

inline check_that_no_other_steps(r_) {
    HOLDS(OVERLAP, r_ == 1 || step[1] == 0);
    HOLDS(OVERLAP, r_ == 2 || step[2] == 0);
    HOLDS(OVERLAP, r_ == 3 || RUNS < 3 || step[3] == 0)
}

/* ---- The store ---- */

inline reach_down_to(position, condition) {
    if
    :: (condition) && position < low -> low = position
    :: else
    fi
}

inline lower(position) {
    position = (position > low -> position - low : 0)
}

inline forget_what_is_read() {
    low = last;
    n = 1;
    do
    :: n <= RUNS + REPLAYS -> reach_down_to(head[n], is_reading[n]); n++
    :: else -> break
    od;
    n = 1;
    do
    :: n < OPERATOR -> reach_down_to(request[n].number - 1, request[n].is_under_way); n++
    :: else -> break
    od;
    reach_down_to(spool.number - 1, spool.number != 0);
    if
    :: low > 0 ->
        n = 1;
        do
        :: n <= last ->
            log[n].composer = (n + low <= last -> log[n + low].composer : 0);
            log[n].events = (n + low <= last -> log[n + low].events : 0);
            n++
        :: else -> break
        od;
        last = last - low;
        n = 1;
        do
        :: n <= RUNS + REPLAYS -> lower(head[n]); n++
        :: else -> break
        od;
        n = 1;
        do
        :: n < OPERATOR -> lower(request[n].number); n++
        :: else -> break
        od;
        lower(spool.number)
    :: else
    fi
}

inline drop_request(s) {
    request[s].is_under_way = false;
    request[s].number = 0;
    if
    :: s <= RUNS && !is_waiting[s] -> request[s].events = 0
    :: s > 2 * RUNS -> request[s].events = 0
    :: else
    fi
}

/* Whatever else is on its way to this number will be refused, which changes nothing. */
inline refuse_others() {
#ifdef NO_CONDITION
    skip
#else
    n = 1;
    do
    :: n < OPERATOR ->
        if
        :: request[n].is_under_way && request[n].number <= last -> drop_request(n)
        :: else
        fi;
        n++
    :: else -> break
    od
#endif
}

inline land(s) {
    d_step {
        writer = WRITER(s);
        HOLDS(ABSENT, request[s].number > last);
        assert(violated || (request[s].number == last + 1 && last < LENGTH));
        last = request[s].number;
        log[last].composer = s;
        log[last].events = request[s].events;
        HOLDS(ONCE, !(in_log[writer] & request[s].events & ~HEARTBEAT));
        in_log[writer] = in_log[writer] | (request[s].events & ~HEARTBEAT);
        if
        :: request[s].events & BOTH(REPORTED) ->
            fold_report(A, writer, request[s].events);
            fold_report(B, writer, request[s].events);
#ifndef NO_HEEDING_OF_REPORTS
            log[last].events = log[last].events | ((request[s].events / REPORTED) * BARRED)
#endif
        :: else ->
            if
            :: request[s].events & RUN_ABANDONED -> end_active_run(); NOTE(was_abandoned)
            :: else
            fi;
            if
            :: request[s].events & RUN_STARTED ->
                HOLDS(READABLE, active_run == 0);
                check_that_no_other_steps(writer);
                active_run = writer
            :: else -> HOLDS(OWN, active_run == writer)
            fi;
            if
            :: cemli[writer] == GONE && s <= RUNS && (request[s].events & ENDS) -> NOTE(was_late)
            :: else
            fi;
            fold_end(A, writer, request[s].events);
            fold_start(A, writer, request[s].events);
            fold_end(B, writer, request[s].events);
            fold_start(B, writer, request[s].events);
            age = 0;
            if
            :: request[s].events & RUN_FINISHED -> end_active_run()
            :: else
            fi
        fi;
        check_record(A);
        check_record(B);
        drop_request(s);
        refuse_others();
        forget_what_is_read()
    }
}

proctype Network(byte s) {
end:
    do
    :: atomic { request[s].is_under_way -> land(s) }
    od
}

/* ---- Time ---- */

#ifdef NO_WARDEN
#define LETS_TIME_PASS(r) true
#else
#define LETS_TIME_PASS(r) (step[r] == 0 || held[r] < KILL)
#endif

inline grow(ticks, condition) {
    if
    :: (condition) && ticks < LEASE -> ticks++
    :: else
    fi
}

/* Once it starts nothing more, a run's own clock is of no consequence. */
#define COUNTS(r) ((cemli[r] == ALIVE && stage[r] != OVER) || step[r])

proctype Clock() {
end:
    do
    :: atomic {
        LETS_TIME_PASS(1) && LETS_TIME_PASS(2) && LETS_TIME_PASS(3) ->
        d_step {
            grow(age, active_run != 0);
            grow(held[1], COUNTS(1));
            grow(held[2], COUNTS(2));
            grow(sent[1], COUNTS(1) && is_waiting[1]);
            grow(sent[2], COUNTS(2) && is_waiting[2]);
#if RUNS > 2
            grow(held[3], COUNTS(3));
            grow(sent[3], COUNTS(3) && is_waiting[3]);
#endif
            skip
        }
    }
    od
}

/* ---- Steps and their warden ---- */

/* Of a step whose cemli is gone nobody is told. */
proctype Warden(byte r) {
end:
    do
    :: d_step { step[r] -> step[r] = 0; step_end[r] = (cemli[r] == GONE -> 0 : ENDED_WELL) }
#ifndef NO_WARDEN
    :: d_step { step[r] && held[r] >= KILL && cemli[r] == ALIVE -> step[r] = 0; step_end[r] = KILLED }
#endif
    od
}

/* ---- A run ---- */

/* Whoever looks waits for the warden, which ends what runs as soon as its cemli is gone. */
#define IS_PROVEN_DEAD(r) (cemli[r] == GONE && step[r] == 0)
#define MAY_START (active_run == 0 || age >= LEASE || IS_PROVEN_DEAD(active_run))

#define STATUS(p) (package[p].status == RUNNING -> IN_DOUBT : package[p].status)
#define IS_DUE(p) (!suspended && !package[p].is_held && STATUS(p) != DONE && (STATUS(p) != IN_DOUBT || IDEMPOTENT(p)))
#define B_IS_DUE  (PACKAGES > 1 && IS_DUE(B) && (STATUS(A) == DONE || IS_DUE(A)))

/* A request for a number that is taken will be refused: its sender only has to read what is there. */
#ifdef NO_CONDITION
#define MAY_LAND(at) true
#else
#define MAY_LAND(at) ((at) > last)
#endif

inline compose(s, at, what) {
    request[s].events = what;
    request[s].is_under_way = MAY_LAND(at);
    request[s].number = (MAY_LAND(at) -> at : 0)
}

inline send(what) {
    compose(me, head[r] + 1, what);
    is_waiting[r] = true;
    sent[r] = 0
}

inline be_over() {
    stage[r] = OVER;
    p = A;
    beats = 0;
    barred = 0;
    why[A] = 0;
    why[B] = 0;
    held[r] = (step[r] -> held[r] : 0);
    sent[r] = (step[r] -> sent[r] : 0)
}

/* An operator's word came before what was sent: a start that it forbids is withdrawn. */
inline obey(p_) {
    if
    :: stage[r] != OVER && (log[head[r]].events & OF(BARRED, p_)) ->
        barred = barred | (1 << p_);
        if
        :: stage[r] == ANNOUNCED && p == p_ ->
            request[me].events = request[me].events & ~OF(STARTED, p_);
            queue = queue & ~OF(STARTED, p_);
            be_over()
        :: else
        fi
    :: else
    fi
}

byte crashes;

proctype Cemli(byte r) {
    byte p, beats;
    byte me;                    /* r, or AGAIN(r) */
    byte why[2];                /* what the record said when it was planned */
    byte barred;                /* packages, as bits, that are not to be started */
    short queue;                /* events for the next entry */
    short owed;                 /* without the rule of order: what should have gone into the queue first */
    bool is_lost;               /* the store: nothing more is started or sent */

end:
plan:
    atomic {
        MAY_START && (IS_DUE(A) || B_IS_DUE) && (r == 1 || cemli[r - 1] != NOT_YET) ->
        d_step {
            me = r;
            cemli[r] = ALIVE;
            why[A] = STATUS(A);
            why[B] = STATUS(B);
            p = (IS_DUE(A) -> A : B);
            barred = (B_IS_DUE -> 0 : 2);
            is_reading[r] = true;
            head[r] = last;
            held[r] = 0;
            send(RUN_STARTED | (active_run -> RUN_ABANDONED : 0))
        }
    };
    if
    :: atomic { IS_TAKEN_FOR(log[head[r] + 1].composer, me) ->
        d_step {
            head[r]++;
            held[r] = sent[r];
            is_waiting[r] = false;
            sent[r] = 0;
            forget_what_is_read()
        }
    }
    :: atomic { log[head[r] + 1].composer != 0 && !IS_TAKEN_FOR(log[head[r] + 1].composer, me) ->
        d_step {
            is_waiting[r] = false;
            is_reading[r] = false;
            request[r].events = 0;
            head[r] = 0;
            sent[r] = 0;
            be_over();
            stage[r] = NEXT;
            forget_what_is_read()
        };
        goto plan
    }
    :: atomic { crashes < CRASHES -> crashes++; goto gone }
    fi;

    do
    :: atomic { stage[r] == NEXT && !is_lost && !(barred & (1 << p)) ->
        queue = queue | OF(STARTED, p);
#ifdef NO_WRITE_AHEAD
        stage[r] = DURABLE
#else
        stage[r] = ANNOUNCED
#endif
    }
    :: d_step { stage[r] == NEXT && (is_lost || (barred & (1 << p))) -> be_over() }

    :: atomic { stage[r] == DURABLE && !is_lost && held[r] < KILL ->
        d_step {
            stage[r] = AT_WORK;
            step[r] = 1 + p;
            HOLDS(AHEAD, in_log[r] & OF(STARTED, p));
            HOLDS(DEPENDENCY, p == A || package[A].status == DONE || package[A].status == TAINTED);
            HOLDS(UNKNOWING, !has_begun[p] || why[p] == TO_RETRY || why[p] == TAINTED || (why[p] == IN_DOUBT && IDEMPOTENT(p)));
            check_that_no_other_steps(r);
            why[p] = 0;
            has_begun[p] = true
        }
    }
    :: d_step { stage[r] == DURABLE && !is_lost && (barred & (1 << p)) -> queue = queue | OF(NOT_STARTED, p); be_over() }
#ifdef NO_WARDEN
    :: d_step { step[r] && held[r] >= KILL -> step_end[r] = KILLED; step[r] = 0 }
#endif
    :: d_step { stage[r] == AT_WORK && step_end[r] == KILLED ->
        queue = queue | OF(INTERRUPTED, p);
        step_end[r] = 0;
        be_over()
    }
    :: d_step { stage[r] == AT_WORK && step_end[r] == ENDED_WELL ->
#ifdef NO_ORDER
        owed = owed | OF(SUCCEEDED, p);
#else
        queue = queue | OF(SUCCEEDED, p);
#endif
        step_end[r] = 0;
        if
        :: p == A -> stage[r] = NEXT; p = B
        :: else -> be_over()
        fi
    }
#ifdef NO_ORDER
    :: d_step { owed -> queue = queue | owed; owed = 0 }
#endif

    /* The log thread. */
    :: d_step { queue && !is_waiting[r] && !is_lost -> send(queue); queue = 0 }
    :: d_step { stage[r] == OVER && queue == 0 && owed == 0 && !is_waiting[r] && !is_lost -> send(RUN_FINISHED) }
    :: d_step { beats < BEATS && stage[r] != OVER && queue == 0 && !is_waiting[r] && !is_lost -> send(HEARTBEAT); beats++ }
#ifdef NO_SAME_BYTES
    :: d_step { is_waiting[r] && me == r && log[head[r] + 1].composer == 0 && !is_lost ->
        me = AGAIN(r);
        compose(me, head[r] + 1, request[r].events | queue);
        queue = 0
    }
#endif
    :: atomic { is_waiting[r] && !is_lost && IS_TAKEN_FOR(log[head[r] + 1].composer, me) ->
        d_step {
            head[r]++;
            if
            :: step[r] && (request[me].events & HEARTBEAT) && held[r] > sent[r] -> NOTE(was_renewed)
            :: else
            fi;
#ifdef NO_COUNT_FROM_SENDING
            held[r] = 0;
#else
            held[r] = sent[r];
#endif
            is_waiting[r] = false;
            sent[r] = 0;
            if
            :: request[me].events & OF(SUCCEEDED, A) -> succeeded_in[A] = r
            :: else
            fi;
            if
            :: request[me].events & OF(SUCCEEDED, B) -> succeeded_in[B] = r
            :: else
            fi;
            check_record(A);
            check_record(B);
            if
            :: stage[r] == ANNOUNCED && (request[me].events & OF(STARTED, p)) -> stage[r] = DURABLE
            :: stage[r] == OVER -> held[r] = 0
            :: else
            fi;
            forget_what_is_read()
        };
        if
        :: request[me].events & RUN_FINISHED ->
            REACHED(1, was_abandoned && BOTH_ARE_DONE);
            REACHED(2, was_told && BOTH_ARE_DONE);
            REACHED(3, was_renewed && BOTH_ARE_DONE);
            REACHED(7, was_late && BOTH_ARE_DONE);
            goto gone
        :: else -> request[me].events = 0
        fi
    }
    :: atomic { is_waiting[r] && !is_lost && log[head[r] + 1].composer != 0 && !IS_TAKEN_FOR(log[head[r] + 1].composer, me) ->
        head[r]++;
        is_waiting[r] = false;
        if
#ifdef NO_READING_OF_WORDS
        :: true -> HOLDS(FENCE, log[head[r]].events & RUN_ABANDONED); goto gone
#else
        :: log[head[r]].events & RUN_ABANDONED -> REACHED(4, true); goto gone
#endif
        :: else ->
            d_step {
                obey(A);
                obey(B);
                if
                :: request[me].events -> send(request[me].events)
                :: else -> sent[r] = 0
                fi;
                forget_what_is_read()
            }
        fi
    }

#if REPLAYS > 0
    :: atomic { !is_lost && spool.writer == 0 -> is_lost = true }
    :: atomic { is_lost && stage[r] != AT_WORK && spool.writer == 0 ->
        d_step {
            spool.writer = r;
            spool.is_there = true;
            spool.rest = queue & ENDS;
            if
            :: is_waiting[r] -> spool.number = head[r] + 1; spool.unknown = request[me].events
            :: else
            fi;
            if
            :: stage[r] == DURABLE || (spool.unknown & OF(STARTED, p)) ->
                spool.rest = spool.rest | OF(NOT_STARTED, p)
            :: else
            fi
        };
        goto gone
    }
#endif
    :: atomic { crashes < CRASHES -> crashes++; goto gone }
    od;

gone:
    atomic {
        cemli[r] = GONE;
        d_step {
            is_waiting[r] = false;
            is_reading[r] = false;
            stage[r] = (step[r] -> AT_WORK : OVER);
            held[r] = (step[r] -> held[r] : 0);
            sent[r] = 0;
            head[r] = 0;
            if
            :: !request[r].is_under_way -> request[r].events = 0; request[r].number = 0
            :: else
            fi;
            step_end[r] = 0;
            p = 0; me = 0; beats = 0; barred = 0; queue = 0; owed = 0; is_lost = false;
            why[A] = 0; why[B] = 0;
            forget_what_is_read()
        }
    }
}

/* ---- cemli state replay ---- */

#if REPLAYS > 0
#define UNKNOWN (log[spool.number].composer)

/* What is no longer in doubt, or was tried again, needs no report. */
#ifdef NO_LOOK_FIRST
#define IS_IN_DOUBT(p) true
#else
#define IS_IN_DOUBT(p) (package[p].status == IN_DOUBT && package[p].attempt == spool.writer)
#endif

inline withdraw_report(p) {
    if
    :: !IS_IN_DOUBT(p) -> what = what & ~OF(REPORTED, p)
    :: else
    fi
}

bool has_replayed;

proctype Replay(byte i) {
    short what;

end:
    spool.is_there && (i == 1 || has_replayed);
    has_replayed = true;
again:
    atomic {
        if
        :: spool.number && UNKNOWN == 0 ->
            d_step {
                compose(spool.writer, spool.number, spool.unknown);
                is_reading[READER(i)] = true;
                head[READER(i)] = spool.number - 1
            }
        :: else ->
            d_step {
                what = spool.rest;
                if
                :: spool.number && UNKNOWN != spool.writer ->
                    what = (what | (spool.unknown & ENDS)) & ~((spool.unknown & BOTH(STARTED)) * (NOT_STARTED / STARTED))
                :: else
                fi;
                if
#ifdef NO_REPORTS
                :: true -> what = what | RUN_FINISHED
#else
                :: active_run == spool.writer -> what = what | RUN_FINISHED
#endif
                :: else ->
                    what = (what & BOTH(SUCCEEDED)) * (REPORTED / SUCCEEDED);
                    withdraw_report(A);
                    withdraw_report(B)
                fi;
                if
                :: what ->
                    compose(REPLAY(i), last + 1, what);
                    is_reading[READER(i)] = true;
                    head[READER(i)] = last;
                    what = 0
                :: else
                fi
            };
            if
            :: is_reading[READER(i)]
            :: else -> goto done
            fi
        fi
    };
    if
    :: atomic { log[head[READER(i)] + 1].composer == REPLAY(i) ->
        d_step {
            if
            :: log[head[READER(i)] + 1].events & (OF(SUCCEEDED, A) | OF(REPORTED, A)) -> succeeded_in[A] = spool.writer
            :: else
            fi;
            if
            :: log[head[READER(i)] + 1].events & (OF(SUCCEEDED, B) | OF(REPORTED, B)) -> succeeded_in[B] = spool.writer
            :: else
            fi;
            check_record(A);
            check_record(B);
            skip
        };
        REACHED(5, BOTH_ARE_DONE && !was_abandoned);
        REACHED(6, BOTH_ARE_DONE && was_reported)
    }
    :: atomic { log[head[READER(i)] + 1].composer != 0 && log[head[READER(i)] + 1].composer != REPLAY(i) ->
        is_reading[READER(i)] = false;
        head[READER(i)] = 0;
        goto again
    }
    :: goto stop
    fi;
done:
    spool.is_there = false;
stop:
    atomic { is_reading[READER(i)] = false; head[READER(i)] = 0; what = 0 }
}
#endif

/* ---- An operator ---- */

/* A command decides on the head that it read, and its entry lands only where that still is the head: so it reads, decides
   and lands at one instant, or not at all. */
#if WORDS > 0
inline say(what) {
    last++;
    log[last].composer = OPERATOR;
    log[last].events = what;
    words++;
    if
    :: active_run -> NOTE(was_told)
    :: else
    fi;
    refuse_others();
    check_record(A);
    check_record(B);
    forget_what_is_read()
}

inline mark(p) {
    package[p].is_marked = true;
    if
    :: package[p].status == RUNNING && (package[p].status_before == DONE || package[p].status_before == TAINTED) ->
        package[p].status_before = TAINTED
    :: package[p].status == DONE -> package[p].status = TAINTED
    :: else
    fi;
    n = 1;
    do
    :: n <= RUNS ->
        if
        :: in_log[n] & OF(STARTED, p) -> tainted_since[n] = tainted_since[n] | (1 << p)
        :: else
        fi;
        n++
    :: else -> break
    od
}

byte words;

proctype Operator(byte p) {
end:
    do
    :: d_step { words < WORDS && package[p].status != NEVER_RUN -> mark(p); say(0) }
    :: d_step { words < WORDS && !package[p].is_held -> package[p].is_held = true; say(OF(BARRED, p)) }
    :: d_step { words < WORDS && package[p].is_held -> package[p].is_held = false; say(0) }
    :: d_step { words < WORDS && p == A && !suspended -> suspended = true; say(BOTH(BARRED)) }
    :: d_step { words < WORDS && p == A && suspended -> suspended = false; say(0) }
    :: d_step { words < WORDS && package[p].status == IN_DOUBT -> package[p].status = TO_RETRY; say(OF(BARRED, p)) }
    :: d_step { words < WORDS && package[p].status == IN_DOUBT -> take_success(p); say(OF(BARRED, p)) }
    od
}
#endif

init {
    byte i;
    atomic {
#if TICKS
        run Clock();
#endif
        for (i : 1 .. RUNS) {
            run Warden(i);
            run Network(i);
            run Cemli(i)
        }
#ifdef NO_SAME_BYTES
        for (i : 1 .. RUNS) {
            run Network(AGAIN(i))
        }
#endif
#if REPLAYS > 0
        for (i : 1 .. REPLAYS) {
            run Network(REPLAY(i));
            run Replay(i)
        }
#endif
#if WORDS > 0
        run Operator(A);
        run Operator(B)
#endif
    }
}
