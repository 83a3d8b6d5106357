/**
 * Every bound of the protocol and the node, with its unit in the name and its reason beside it. Strangers never size our work:
 * whatever comes from outside is cut off by a number on this page.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

// --- Entries (part of the protocol: a node that changes one leaves the federation's agreement) ---

/** Canonical JSON of a body. Receipts are statements, not files; a file is named by its hash. */
export const BODY_BYTES_MAX = 64 * KIB;
/** Nesting of a body. Deeper JSON is refused so that no parser or walker recurses by a stranger's will. */
export const BODY_DEPTH_MAX = 32;
/** Name of an entry type: upper-case ASCII. */
export const TYPE_NAME_LENGTH_MAX = 32;
/** Texts of a SCAR, in UTF-16 units: its names, and its summary. */
export const SCAR_NAME_LENGTH_MAX = 256;
export const SCAR_TEXT_LENGTH_MAX = 4096;
/** Each reviewer costs a signature check. */
export const SCAR_REVIEWERS_MAX = 16;
/** Everything of an entry beside its body, in binary: type, name, timestamp, nonce, signature, body length. */
export const ENTRY_OVERHEAD_BYTES_MAX = 1 + 1 + TYPE_NAME_LENGTH_MAX + 8 + 16 + 64 + 8;
/** A whole entry, in binary. */
export const ENTRY_BYTES_MAX = BODY_BYTES_MAX + ENTRY_OVERHEAD_BYTES_MAX;
/** The last millisecond of the year 9999: the end of what RFC 3339 can print. */
export const TIMESTAMP_MS_MAX = 253_402_300_799_999;
/** How far ahead of our clock an entry's timestamp may be; beyond it the entry waits. */
export const FUTURE_WINDOW_MS = 5 * MINUTE_MS;

// --- Federation file ---

/** Name of a federation. */
export const FEDERATION_NAME_LENGTH_MAX = 64;
/** Name of a witness's organisation. */
export const ORGANISATION_LENGTH_MAX = 64;
/** A file with the most witnesses and writers has about 700 KiB. */
export const FEDERATION_FILE_BYTES_MAX = 1 * MIB;
/** Above some hundreds of witnesses votes cost more than they add. */
export const WITNESSES_COUNT_MAX = 1000;
/** Writers in a list, each 55 bytes of the file. More than these need an open federation with a quota. */
export const WRITERS_COUNT_MAX = 10_000;
/** Peer IDs remembered with their keys, and keys with theirs: under a kilobyte for the two. */
export const PEER_IDS_REMEMBERED_MAX = 4096;
/** Feeds a node follows; bounds the memory that an open federation's strangers can take (about 1 KiB a feed). */
export const FEEDS_COUNT_MAX = 20_000;

// --- Governance (part of the protocol) ---

/** Epochs count up to here: one decision a day for 27 years. What is kept of an epoch, some 100 bytes a voter, only a quorum can cause. */
export const GOVERNANCE_EPOCH_MAX = 9_999;
/** Ballots of one epoch: each one more costs a quorum that does not agree, until something is adopted. Their votes are kept until the epoch ends. */
export const GOVERNANCE_BALLOT_MAX = 999;
/** Proposals of one witness that count in one epoch: each is kept, in about 1 KiB, until the epoch ends. */
export const PROPOSALS_PER_WITNESS_MAX = 16;
/** The same for writers who are no witnesses. There may be as many as feeds: they together take 40 MiB at most. */
export const PROPOSALS_PER_WRITER_MAX = 2;
/** Governance entries in memory at once while they are read, and the feeds they are of: 4 MiB when each has the largest body. */
export const GOVERNANCE_READ_ENTRIES = 64;
export const GOVERNANCE_READ_FEEDS = 256;
/** The entries of a decision, each with the one before it. */
export const DECISION_READ_BYTES_MAX = 2 * (WITNESSES_COUNT_MAX + 1) * ENTRY_BYTES_MAX;
/** Decisions sent at once to who is behind: as many as fit in this, and one at least, of 400 KiB at most. */
export const DECISIONS_BYTES_TARGET = 64 * KIB;
export const DECISIONS_COUNT_MAX = 256;
/** Own ledger roots remembered: with so many, a witness that is some seconds behind or ahead is recognised as having held the same. */
export const ROOTS_REMEMBERED_MAX = 64;
/** A policy: its name, and the canonical JSON of its value. */
export const POLICY_NAME_LENGTH_MAX = 64;
export const POLICY_VALUE_LENGTH_MAX = 1024;
/** Policies in force at once. */
export const POLICIES_COUNT_MAX = 1024;
/** A free-form decision: its title is kept in memory, its text stays in the entry. In UTF-16 units. */
export const DECISION_TITLE_LENGTH_MAX = 256;
export const DECISION_TEXT_LENGTH_MAX = 8192;

/** config.yaml is written by people. */
export const CONFIG_FILE_BYTES_MAX = 256 * KIB;

// --- Wire ---

/** One SYNC_EVENT covers at most this many entries: a receiver holds one delta in memory while it verifies. */
export const DELTA_ENTRIES_MAX = 1024;
/** A provider closes a delta at this size. Above 64 KiB a libp2p stream runs at full speed. */
export const DELTA_BYTES_TARGET = 512 * KIB;
/** Runs of consecutive entries in one delta: each costs 73 bytes beside its entries, and a line in a SYNC_EVENT. */
export const DELTA_RUNS_MAX = 256;
/** One frame on a sync stream: a full delta, its last entry, its event, and the runs' heads. */
export const FRAME_BYTES_MAX = 1 * MIB;
/** Smaller frames are not compressed: they fit one packet either way. */
export const COMPRESSED_BYTES_MIN = 1 * KIB;
/** A frame that shrinks more than this is sent as it is, and one that claims to is refused: a few bytes shall not cost a megabyte. Deltas shrink by 2 to 10: each entry has 64 bytes of signature that do not. */
export const COMPRESSION_RATIO_MAX = 32;
/** Ranges one request may name. */
export const RANGES_COUNT_MAX = 256;
/** Checkpoints in one frontier frame. */
export const FRONTIER_CHECKPOINTS_MAX = 8_000;
/** Frontier frames one side may send in answer to one request. */
export const FRONTIER_FRAMES_MAX = Math.ceil(FEEDS_COUNT_MAX / FRONTIER_CHECKPOINTS_MAX);
/** With fewer feeds than this a node sends its whole frontier (72 bytes a feed, one round); with more, it compares ranges of it. */
export const RECONCILE_FEEDS_MIN = 2_000;
/** A range with more feeds is split rather than listed: a list costs 42 bytes a feed, a fingerprint 11. */
export const RECONCILE_LISTED_MAX = 3;
/** The same where every one of many ranges differs: by chance most of their feeds do then, and another round finds little that is the same. */
export const RECONCILE_LISTED_MAX_APART = 16;
/** So many ranges all differ by chance when some four feeds of each do, or more. */
export const RECONCILE_RANGES_APART_MIN = 64;
/** Parts that a range is split into: fewer bytes with few, fewer rounds with many. 16,384 feeds take three rounds. */
export const RECONCILE_BRANCHES = 32;
/** Rounds of one exchange. Each splits what differs; more than the bytes of a key allow come from a peer that plays. */
export const RECONCILE_ROUNDS_MAX = 16;
/** Once an answer has this many bytes, the ranges that are left are put off to the next round. */
export const RECONCILE_BYTES_TARGET = 512 * KIB;
/** Ranges in one message. */
export const RECONCILE_RANGES_MAX = 24_000;
/** A heartbeat on gossip: small, so that it travels at once. */
export const HEARTBEAT_BYTES_MAX = 16 * KIB;
/** Feed checkpoints in one heartbeat: as many as fit (74 to 78 bytes each) beside 250 bytes of header and signature. */
export const HEARTBEAT_CHECKPOINTS_MAX = 200;
/** Fresh entries pushed on gossip at once, and their size; larger batches are pulled. */
export const PUSH_ENTRIES_MAX = 64;
export const PUSH_BYTES_MAX = 64 * KIB;
/** Any gossip message. */
export const GOSSIP_BYTES_MAX = 2 * PUSH_BYTES_MAX;

// --- Trees ---

/** Leaves of one Merkle tree: the largest count that a double holds exactly. */
export const TREE_SIZE_MAX = Number.MAX_SAFE_INTEGER;
/** Hashes in one proof: a node a level of the largest tree, and the node that a consistency proof starts from. */
export const PROOF_HASHES_MAX = 53 + 1;

// --- JSON text from people (files, HTTP) ---

/** Nesting of JSON text: a body, and room for what it is wrapped in (an array of drafts, a line of an export). */
export const JSON_TEXT_DEPTH_MAX = BODY_DEPTH_MAX + 8;
/** How much of somebody else's text an error repeats. */
export const ERROR_EXCERPT_LENGTH_MAX = 80;

/** The signed part of a heartbeat: eight fixed fields of 32 bytes at most and five numbers. */
export const HEARTBEAT_CORE_BYTES_MAX = 320;

/** A fork proof: a place, and two headers of at most 200 bytes. */
export const FORK_PROOF_BYTES_MAX = 512;
/** Headers asked for at once in the search for a fork: with 16 a round, a million entries take five rounds. */
export const PROBES_MAX = 16;
/** Feeds of one peer that are under suspicion at once; the next comparison finds the others again. */
export const SUSPECTS_MAX = 64;
/** Reasons that travel with one request, and statements in one reason (at least a threshold of the largest set of witnesses). */
export const SEALS_PER_REQUEST_MAX = 16;
export const REVOCATION_STATEMENTS_MAX = WITNESSES_COUNT_MAX;
export const REVOCATION_REASON_LENGTH_MAX = 512;
/** Nodes that one witness may revoke: each takes a statement of 1 KiB. By witness, so that none takes the room of the others. */
export const REVOKED_PER_WITNESS_MAX = 256;
/** A revoked peer is refused for this long at a time; it is refused again when it comes back. */
export const REVOKED_BAN_MS = 60 * MINUTE_MS;
/** Statements kept of nodes that are no witnesses, in case they become some: more of them than this come from nobody who will. */
export const REVOCATIONS_UNHEARD_MAX = 1000;
/** Feeds that may be sealed at once: each keeps a proof and the votes that certify what lies beyond it. */
export const SEALS_MAX = 10_000;
/** Seals kept of nodes that are no writers, in case they become some: more of them than this come from nobody who will. */
export const SEALS_IDLE_MAX = 1000;
/** Entries for one place in quarantine: a place is cut off once for each fork that falls below it, before the seal is settled. */
export const QUARANTINE_BRANCHES_MAX = 16;

// --- Node: sessions ---

/** Deltas a provider may have sent without a SYNC_CONFIRMED. Four cover a round trip while the receiver verifies. */
export const DELTAS_IN_FLIGHT_MAX = 4;
/** Entries asked for in one request; a longer catch-up asks again, so that a request is never long-lived. */
export const REQUEST_ENTRIES_MAX = 65_536;
/** Inbound sync streams served to one peer at once, and in all. */
export const SERVED_STREAMS_PER_PEER_MAX = 2;
export const SERVED_STREAMS_MAX = 64;
/** A sync stream on which nothing moves for this long is dropped. */
export const STREAM_IDLE_MS_MAX = 20 * SECOND_MS;
/** A fetch on which nothing moved for this long no longer keeps others from the same feeds: a stalling peer holds nobody up. */
export const SESSION_STEAL_MS = 2 * SECOND_MS;
/** Peers whose claims are kept: the connection limit of the network adapter is below it. */
export const PEERS_COUNT_MAX = 512;
/** Gossip messages under verification at once; more are ignored (gossip is a hint, the timer pulls). */
export const GOSSIP_PENDING_MAX = 256;
/** Targets whose last failed dial is remembered for the operator. */
export const DIAL_TROUBLES_MAX = 32;
/** Protocols whose bytes are counted apart; we speak six. A peer that invents names shall not lengthen the metrics. */
export const TRAFFIC_PROTOCOLS_MAX = 16;
/** Heartbeat counters remembered of nodes that are not connected. */
export const HEARTBEAT_NODES_MAX = 10_000;
/** Own appends accepted and not yet stored. */
export const APPENDS_PENDING_MAX = 50_000;
/** Entries in one append call. */
export const APPEND_BATCH_MAX = 10_000;
/** Requests to append that one step takes: a millisecond or two of signing. While they are on their way to the disk, the next are signed. */
export const APPENDS_TOGETHER_MAX = 32;
/** Signatures inside the drafts of one append call (reviewers, proofs): a fraction of a second to check. */
export const APPEND_REVIEWS_MAX = 4096;

/** Events waiting for `step()`. They come from bounded sources; a full queue means one of them is not. */
export const EVENTS_QUEUED_MAX = 100_000;

/** Own roots kept of a feed that is not final, at the sizes it had last: what votes that were on their way are compared with, 150 bytes each. */
export const ROOTS_HELD_MAX = 32;
/** Own roots at earlier sizes read at once to compare votes with; one such read at a time. */
export const ROOTS_PER_READ_MAX = 64;

// --- Node: what a peer costs (points) ---

/** Half of a peer's points are gone after this much monotonic time: a bad hour is forgotten by the next. */
export const PEER_POINTS_HALF_LIFE_MS = 10 * MINUTE_MS;
/** From here on a peer is asked last: two failures in a row, not one. */
export const PEER_POINTS_LAST = 15;
/** At this level the connection is closed: one breach of the protocol, or as many requests refused. */
export const PEER_POINTS_BAN = 100;
/** No more than this is ever held against a peer: ten bans' worth, so that the longest ban is ten times the shortest, and is over. */
export const PEER_POINTS_MAX = 10 * PEER_POINTS_BAN;
/** A broken form, a forged signature, another federation: what no honest node does. */
export const POINTS_OF_BREACH = PEER_POINTS_BAN;
/** A stall, or a claim not served. An honest node may do it, when slow or cut off: these alone never close a connection. */
export const POINTS_OF_FAILURE = 10;
export const POINTS_OF_FAILURES_MAX = 50;
/** A request beyond the rates below. Who understands the refusal sends a few of them; who does not sends a hundred. */
export const POINTS_OF_EXCESS = 1;
/** Peers whose points are remembered; who was heard of longest ago is forgotten first. A new identity costs nothing, so neither does that. */
export const PEER_STANDINGS_MAX = 4096;
/** Requests of one peer: one for each interval, and so many at once. An honest node has one under way at a time. */
export const REQUEST_INTERVAL_MS = 20;
export const REQUESTS_AT_ONCE_MAX = 256;
/** The same for frontiers, each of which costs work for every feed that is held. */
export const FRONTIER_SERVED_INTERVAL_MS = 500;
export const FRONTIERS_AT_ONCE_MAX = 16;

// --- Node: rhythm ---

/** Between heartbeats while there is something to tell. */
export const HEARTBEAT_INTERVAL_MS = 5 * SECOND_MS;
/** Idle heartbeats double their distance up to this. */
export const HEARTBEAT_INTERVAL_MS_MAX = 60 * SECOND_MS;
/** While entries wait for votes, so many idle heartbeats keep their distance before it grows; then the votes are not to be had soon. */
export const HEARTBEATS_UNDIMMED = 6;
/** After a change a heartbeat waits this long for more changes. */
export const HEARTBEAT_DEBOUNCE_MS = 50;
/** And so much longer for each node it hears, up to a second: under constant load each of n nodes sends as often as it may, to n others. */
export const HEARTBEAT_DEBOUNCE_MS_EACH = 2;
export const HEARTBEAT_DEBOUNCE_MS_MAX = 1 * SECOND_MS;
/** While ledgers differ, a witness's heartbeat names so many feeds that did not change: few, since most are final with who hears it. */
export const HEARTBEAT_OTHERS_MAX = 32;
/** And does so once in an interval, and in so long for each node it hears: however many witnesses there are, they say some 25 kB/s together. */
export const HEARTBEAT_OTHERS_MS_EACH = 100;
/** Gossip is never the only trigger: frontiers are compared this often with each peer, with jitter. */
export const FRONTIER_INTERVAL_MS = 30 * SECOND_MS;
/** Two frontier exchanges with one peer are at least this far apart. */
export const FRONTIER_INTERVAL_MS_MIN = 250;
/** After a failed session the peer rests: doubled from the first to the last. */
export const SESSION_BACKOFF_MS = 500;
export const SESSION_BACKOFF_MS_MAX = 30 * SECOND_MS;
/** A peer whose points reach PEER_POINTS_BAN is disconnected and refused for so long; in proportion longer when it has more. */
export const BAN_MS = 60 * SECOND_MS;
/** A fork that a node was only shown is left to its finder to record for so long; then it is recorded all the same. */
export const SCAR_WAIT_MS = 5 * SECOND_MS;
/** A node whose marker fits its folder, with no peer in reach for so long after its start, may write. */
export const REJOIN_ALONE_MS = 10 * SECOND_MS;
/** Witnesses that a node without a marker waits for at most: about half of those that it is connected to in a large federation. */
export const REJOIN_ANSWERS_MAX = 16;
/** Heartbeat counters are reserved on disk in blocks, so that a restart never reuses one. */
export const HEARTBEAT_COUNTER_BLOCK = 1024;

// --- Node: signatures and keys ---

/** Up to here a batch is verified on the calling thread: at 50 µs each, a trip to a worker costs more than it saves. */
export const VERIFY_INLINE_ITEMS_MAX = 4;
/** A worker's share of one batch: large enough to hide the message that carries it, small enough (about 6 ms) to share workers fairly. */
export const VERIFY_CHUNK_ITEMS_MIN = 16;
export const VERIFY_CHUNK_ITEMS_MAX = 128;
/** Chunks handed to one worker ahead: with two, it need not wait for a busy main thread between them. */
export const VERIFY_CHUNKS_PER_WORKER_MAX = 2;
/** Signatures waiting in all: some seconds of work; beyond it a call is refused. */
export const VERIFY_QUEUE_ITEMS_MAX = 131_072;
/** More workers than this outrun what one event loop can decode, admit and store. */
export const VERIFY_WORKERS_MAX = 4;
/** Nice value of the workers: a core that both want goes to the event loop first, and mostly still to them where nobody else wants it. */
export const VERIFY_THREAD_NICE = 5;
/** A chunk, or a worker that has answered nothing since it started, gets this many tries. */
export const VERIFY_TRIES_MAX = 2;
/** Keys kept ready by the node:crypto backend (about 1 KiB each); the least recently used goes first. */
export const VERIFY_KEYS_CACHED_MAX = 1024;
/** Own entries for which the marker beside the key is synced once. After the end of the system in between, the node asks its peers. */
export const MARKER_BLOCK_ENTRIES = 1024;
/** An Ed25519 keyfile has under 300 bytes. The rest is room to read a large foreign key and name it in the refusal. */
export const KEYFILE_BYTES_MAX = 16 * KIB;

// --- Store ---

/**
 * Records merged into one synced batch: two deltas or so, which keep the event loop for about 5 ms. Larger groups save no more syncs and make
 * every writer in them wait longer.
 */
export const STORE_GROUP_BYTES_MAX = 1 * MIB;
/** Writes that wait for the disk: every own append and every delta in flight. More is a fault in the node, and stops it. */
export const STORE_WRITES_PENDING_MAX = 65_536;
/** LevelDB's memory table and log. At 16 MiB no write waits for a compaction; the log is read again at every opening (0.1 s). */
export const STORE_WRITE_BUFFER_BYTES = 16 * MIB;
/** LevelDB's table files. */
export const STORE_FILE_BYTES = 2 * MIB;
/** Blocks of tables, before compression: a read of one record unpacks one. */
export const STORE_BLOCK_BYTES = 4 * KIB;
/** LevelDB's cache of unpacked blocks. */
export const STORE_CACHE_BYTES = 8 * MIB;
/** Open table files. LevelDB maps the first thousand into memory and keeps no descriptor for those. */
export const STORE_OPEN_FILES_MAX = 1000;
/** Table files read whole when the last process did not close the store: two seconds or so. `tessrax verify DIR` reads all. */
export const STORE_CHECK_BYTES_MAX = 1024 * MIB;
/** The index of a table, unpacked: some 60 bytes a block, for tables up to a gigabyte. */
export const STORE_TABLE_INDEX_BYTES_MAX = 16 * MIB;
/** A record of LevelDB's manifest: the first names every table, in about 130 bytes each. */
export const STORE_MANIFEST_RECORD_BYTES_MAX = 64 * MIB;
/** What one step of a read takes from the disk at once. */
export const STORE_READ_CHUNK_ENTRIES = 1024;
export const STORE_READ_CHUNK_BYTES = 512 * KIB;
/** Small values of other rooms: the peer book with thousands of peers is the largest. */
export const STORE_VALUE_NAME_LENGTH_MAX = 128;
export const STORE_VALUE_BYTES_MAX = 4 * MIB;

// --- Files from people: imports, exports, proofs, data folders under examination ---

/** A line of an import: a body of which every character is written as an escape of six, and room for what it is wrapped in. */
export const IMPORT_LINE_BYTES_MAX = 8 * BODY_BYTES_MAX;
/** What one request of an import carries: enough to share a sync of the disk, little enough to show progress and to try again. */
export const IMPORT_BATCH_ENTRIES_MAX = 1000;
export const IMPORT_BATCH_BYTES_MAX = 4 * MIB;
/** Bad lines of an import that are named one by one; the rest is counted. */
export const IMPORT_FAULTS_SHOWN_MAX = 20;
/** The first line of an export: the federation file, and about 160 bytes a feed. */
export const EXPORT_HEADER_BYTES_MAX = 8 * MIB;
/** Any other line: a body, and the members of its header in JSON. */
export const EXPORT_LINE_BYTES_MAX = BODY_BYTES_MAX + 4 * KIB;
/** A proof: one entry, and two paths. Indented by people it grows. */
export const PROOF_FILE_BYTES_MAX = 1 * MIB;
/** A certificate: the federation file, one entry, and a vote of each witness. */
export const CERTIFICATE_FILE_BYTES_MAX = 16 * MIB;
/** Faults of one file or folder that are named one by one; the rest is counted. */
export const AUDIT_FAULTS_SHOWN_MAX = 10;
/** Signatures handed to the verifier together by who checks a whole ledger, and how many such batches wait at once. */
export const AUDIT_BATCH_ITEMS = 1024;
export const AUDIT_BATCHES_MAX = 4;

// --- Command line ---

/** Stopping a node: connections drain, writes end. Whoever waits longer has lost the disk. */
export const STOP_MS_MAX = 15 * SECOND_MS;
/** How long a command waits for an answer of its node. */
export const API_ANSWER_MS_MAX = 60 * SECOND_MS;
/** The largest answer is a page of a thousand entries with the largest bodies. */
export const API_ANSWER_BYTES_MAX = 128 * MIB;
/** Waiting for a node that is busy with other appends: so often, so long each time. */
export const APPEND_RETRIES_MAX = 100;
export const APPEND_RETRY_MS = 200;
/** An append whose node did not answer is sent again, under the same name, so often: a connection that broke is made anew. */
export const API_UNREACHED_RETRIES_MAX = 3;
/** Before a broken event stream is opened again: a server that ends each at once is not asked without a pause. */
export const EVENTS_REOPEN_MS = 200;
/** The name of a place outside, in a SEAL. In UTF-16 units. */
export const SEAL_ANCHOR_LENGTH_MAX = 256;
/** `status --watch` and `sync --wait` look this often: as fast as a person follows. */
export const STATUS_WATCH_MS = 500;
/** Each of doctor's attempts to reach something. */
export const DOCTOR_PROBE_MS_MAX = 3000;
/** Addresses that doctor tries at most. */
export const DOCTOR_ADDRESSES_MAX = 32;
/** One server-sent event; ours have under 1 KiB. */
export const EVENT_TEXT_LENGTH_MAX = 64 * KIB;
/** What `append` reads: one request. */
export const APPEND_INPUT_BYTES_MAX = 64 * MIB;

// --- A node inside another program ---

/** Events that wait for who reads them one by one: some seconds of full load. */
export const EMBEDDED_EVENTS_WAITING_MAX = 100_000;
/** How long a program waits for synchronisation or finality unless it says otherwise. */
export const EMBEDDED_WAIT_MS = 60 * SECOND_MS;

// --- Network adapter (libp2p) ---

/** Connections in all; libp2p refuses more. */
export const CONNECTIONS_COUNT_MAX = 400;
/** At this many members connected the dialer looks for no more. */
export const CONNECTIONS_COUNT_TARGET = 32;
/** New connections from one host in a second. libp2p's own 5 fails a dozen nodes started at once on one machine. */
export const CONNECTIONS_PER_HOST_SECOND_MAX = 64;
/** Inbound connections that have not finished their handshake. */
export const CONNECTIONS_PENDING_MAX = 64;
/** From an open connection to the peer's identification; a silent peer is dropped then. */
export const IDENTIFY_MS_MAX = 10 * SECOND_MS;
/** Multiplexed streams a peer may open on one connection: sync, gossip, identify, ping and DHT together use about twenty. */
export const MUXED_STREAMS_MAX = 128;
/** Inbound sync streams on one connection. Above what a session serves, so that its refusal can still be said politely. */
export const SYNC_STREAMS_INBOUND_MAX = 8;
export const SYNC_STREAMS_OUTBOUND_MAX = 16;
/** Negotiating a new stream. */
export const STREAM_OPEN_MS_MAX = 10 * SECOND_MS;
/** One frame must arrive, or leave, within this: 1 MiB at 35 kB/s. */
export const FRAME_MS_MAX = 30 * SECOND_MS;
/** After our end of a stream is closed the other side has this long to close its own. */
export const STREAM_CLOSE_MS_MAX = 5 * SECOND_MS;
/** Bytes waiting to be sent on one stream; a reader that slow is dropped. */
export const STREAM_QUEUE_BYTES_MAX = 8 * FRAME_BYTES_MAX;
/** Small frames are sent together up to this size: below it the cost is in the packets, not in the bytes. */
export const SEND_BATCH_BYTES = 64 * KIB;
/** Stopping waits this long for streams to drain. */
export const STOP_DRAIN_MS_MAX = 5 * SECOND_MS;
/** One gossip RPC: an answer to a request for missed messages carries many. */
export const GOSSIP_RPC_BYTES_MAX = 32 * GOSSIP_BYTES_MAX;
/** From this size on a peer is told that a message has come already. A smaller copy costs less than the notice, which goes to the whole mesh. */
export const GOSSIP_NOTICE_BYTES_MIN = 16 * KIB;
/** Gossip waiting to be sent to one peer. */
export const GOSSIP_QUEUE_BYTES_MAX = 64 * GOSSIP_BYTES_MAX;
/** New gossip messages from one peer in a second. Forwarders of a federation of hundreds stay far below. */
export const GOSSIP_PER_SECOND_MAX = 2000;
/** gossipsub forgets a message after five seconds: a later verdict has no effect, so its place is given away. */
export const GOSSIP_VERDICT_MS_MAX = 5 * SECOND_MS;
/** gossipsub keeps what it holds against a peer so long after it left, and for as many as come: what lasts longer is the core's to know. */
export const GOSSIP_SCORE_RETAINED_MS = 60 * SECOND_MS;
/** A connected member whose subscriptions have not arrived by then is deaf or mute: the connection is made anew. */
export const GOSSIP_SILENCE_MS_MAX = 10 * SECOND_MS;
/** Peers remembered across restarts, and what is kept of each. About 1 KiB a peer. */
export const PEER_BOOK_ENTRIES_MAX = 2000;
export const PEER_ADDRESSES_MAX = 8;
export const PEER_ADDRESS_LENGTH_MAX = 256;
export const PEER_AGENT_LENGTH_MAX = 128;
/** Changes of the peer book are written together. */
export const PEER_BOOK_SAVE_MS = 1 * SECOND_MS;
/** What peers hold changes with every entry, and is only for people to look at. */
export const PEER_BOOK_SAVE_LATER_MS = 60 * SECOND_MS;
/** A peer that does not belong to this federation is not dialled again for this long. */
export const STRANGER_MS = 10 * MINUTE_MS;
/** Failed dials wait a random part of a bound that doubles from the first to the last. */
export const DIAL_BACKOFF_MS = 500;
export const DIAL_BACKOFF_MS_MAX = 60 * SECOND_MS;
/** One dial, and how many run at once. */
export const DIAL_MS_MAX = 10 * SECOND_MS;
export const DIALS_AT_ONCE_MAX = 8;
/** A peer only heard of, never met, is forgotten after this many failed dials. */
export const DIAL_FAILURES_UNMET_MAX = 6;
/** A connection that lived this long was a good one: its peer's failures are forgotten. */
export const CONNECTION_STABLE_MS = 30 * SECOND_MS;
/** Two dials that cross in this time are one attempt, and only the one of the smaller peer ID is kept. */
export const DIALS_CROSSING_MS = 2 * SECOND_MS;
/** Time between walks through the DHT: doubled while they find nobody new. */
export const DHT_WALK_MS = 2 * SECOND_MS;
export const DHT_WALK_MS_MAX = 5 * MINUTE_MS;
/** How long one walk may take. */
export const DHT_WALK_TIMEOUT_MS = 20 * SECOND_MS;
/** Records of one kind that libp2p keeps in memory (peers, DHT values): strangers write these. */
export const LIBP2P_RECORDS_MAX = 4096;

// --- HTTP API ---

/** Questions to peers that wait for an answer, and how long each waits: below the clients' own patience. */
export const INQUIRIES_COUNT_MAX = 16;
export const INQUIRY_MS_MAX = 20 * SECOND_MS;

/** One request body: a full array of appends of ordinary receipts. */
export const API_BODY_BYTES_MAX = 16 * MIB;
/** Time for one request to arrive whole. */
export const API_REQUEST_MS_MAX = 30 * SECOND_MS;
/** How long `wait=final` waits; below the clients' own patience. */
export const API_FINAL_WAIT_MS_MAX = 45 * SECOND_MS;
/** Connections to the HTTP API. */
export const API_CONNECTIONS_MAX = 1024;
/** Requests under way at once, live event streams aside; more are told to come back. */
export const API_REQUESTS_MAX = 256;
/** Bodies of requests under way, together: eight of the largest. */
export const API_BODIES_BYTES_MAX = 8 * API_BODY_BYTES_MAX;
/** Exports that are sent at once: each reads the whole ledger. */
export const API_EXPORTS_MAX = 4;
/** Time for the head of a request to arrive, and for a connection to stay open between two. */
export const API_HEAD_MS_MAX = 10 * SECOND_MS;
export const API_KEEP_ALIVE_MS = 60 * SECOND_MS;
/** A connection on which nothing moves is cut, whatever it waits for: longer than any answer takes to begin. */
export const API_STALL_MS_MAX = 90 * SECOND_MS;
/** How often connections are looked at for the two times above. */
export const API_CONNECTIONS_CHECK_MS = 2 * SECOND_MS;
/** Names of requests (`Idempotency-Key`) that are remembered, and their length: an import in full batches is four million entries. */
export const API_IDEMPOTENCY_KEYS_MAX = 4096;
export const API_IDEMPOTENCY_KEY_LENGTH_MAX = 64;
/** JSON in one page of entries: it ends early beyond this, with a cursor. A page holds at least one entry. */
export const API_PAGE_BYTES_MAX = 4 * MIB;
/** What an export reads ahead of its reader. */
export const API_EXPORT_CHUNK_BYTES = 64 * KIB;
/** Names of hosts, beside addresses, under which the API may be asked for. */
export const API_HOSTS_MAX = 16;
/** Entries in one page, unless asked otherwise, and at most. */
export const API_PAGE_ENTRIES = 100;
export const API_PAGE_ENTRIES_MAX = 1000;
/** Entries read for one page: a rare type gives a short page with a cursor, not a long wait. */
export const API_PAGE_SCAN_MAX = 10_000;
/** Entries of one feed that the timeline reads at once: blocks grow up to it while they are used up. */
export const API_TIMELINE_BLOCK_ENTRIES_MAX = 256;
/** Feeds in which the timeline looks for a moment at the same time. */
export const API_TIMELINE_SEEKS_MAX = 64;
/** Text that the timeline looks for in bodies. */
export const API_TIMELINE_TEXT_LENGTH_MAX = 200;
/** Live event streams, and what each may have unread. */
export const API_EVENT_STREAMS_MAX = 64;
export const API_EVENT_BUFFER_BYTES_MAX = 1 * MIB;
/** A silent event stream gets a comment line this often: below the time after which a connection on which nothing moves is cut. */
export const API_EVENT_KEEP_ALIVE_MS = 15 * SECOND_MS;

function relation(holds: boolean, what: string): void {
  if (!holds) throw new Error(`limits.ts: ${what}`);
}
relation(
  DELTA_BYTES_TARGET + ENTRY_BYTES_MAX * 2 + DELTA_RUNS_MAX * 128 < FRAME_BYTES_MAX,
  'a full delta fits a frame',
);
relation(FRONTIER_CHECKPOINTS_MAX * 72 < FRAME_BYTES_MAX, 'a frontier frame fits a frame');
relation(
  FRONTIER_CHECKPOINTS_MAX * 72 + DECISIONS_BYTES_TARGET + WITNESSES_COUNT_MAX * 340 < FRAME_BYTES_MAX,
  'the largest decision fits a frontier frame',
);
relation(HEARTBEAT_CHECKPOINTS_MAX * 78 + 300 < HEARTBEAT_BYTES_MAX, 'a full heartbeat fits its bound');
relation(PUSH_BYTES_MAX + ENTRY_BYTES_MAX < GOSSIP_BYTES_MAX + 4 * KIB, 'a push fits a gossip message');
relation(PUSH_ENTRIES_MAX <= DELTA_ENTRIES_MAX, 'a push is a delta');
relation(API_EVENT_KEEP_ALIVE_MS * 2 <= API_STALL_MS_MAX, 'a silent event stream is not cut');
relation(API_FINAL_WAIT_MS_MAX + API_REQUEST_MS_MAX <= API_STALL_MS_MAX, 'who waits for finality is not cut');
relation(API_FINAL_WAIT_MS_MAX < API_ANSWER_MS_MAX, 'a client waits longer than the node does');
relation(
  API_REQUESTS_MAX + API_EVENT_STREAMS_MAX < API_CONNECTIONS_MAX,
  'idle connections can make room for busy ones',
);
relation(API_KEEP_ALIVE_MS <= 2 * API_REQUEST_MS_MAX, 'an idle connection does not outlive a slow one by much');
relation(APPEND_BATCH_MAX <= APPENDS_PENDING_MAX, 'one append call fits the queue');
relation(APPEND_REVIEWS_MAX < VERIFY_QUEUE_ITEMS_MAX, 'the signatures of an append fit the verifier');
relation(
  APPENDS_PENDING_MAX + SERVED_STREAMS_MAX * DELTAS_IN_FLIGHT_MAX < STORE_WRITES_PENDING_MAX,
  'every append and every delta may wait for the disk',
);
relation(
  VERIFY_CHUNK_ITEMS_MIN <= VERIFY_CHUNK_ITEMS_MAX && DELTA_ENTRIES_MAX <= VERIFY_QUEUE_ITEMS_MAX,
  'a delta fits the verifier',
);
relation(
  DELTAS_IN_FLIGHT_MAX * FRAME_BYTES_MAX < STREAM_QUEUE_BYTES_MAX,
  'the deltas in flight fit the queue of a stream',
);
relation(
  2 * POINTS_OF_FAILURE > PEER_POINTS_LAST && POINTS_OF_FAILURE < PEER_POINTS_LAST,
  'one failure is chance, two are a reason to ask others first',
);
relation(POINTS_OF_FAILURES_MAX < PEER_POINTS_BAN, 'failures never close a connection');
relation(PEER_POINTS_LAST < PEER_POINTS_BAN && POINTS_OF_BREACH >= PEER_POINTS_BAN, 'a breach closes the connection');
relation(
  BAN_MS * (PEER_POINTS_MAX / PEER_POINTS_BAN) <= REVOKED_BAN_MS,
  'no ban is longer than that of a revoked node',
);
relation(PEERS_COUNT_MAX < PEER_STANDINGS_MAX, 'the node remembers the points of every connected peer');
relation(CONNECTIONS_COUNT_MAX < PEERS_COUNT_MAX, 'the node keeps the claims of every connected peer');
relation(SERVED_STREAMS_PER_PEER_MAX < SYNC_STREAMS_INBOUND_MAX, 'a session can refuse a stream before libp2p does');
relation(AUDIT_BATCH_ITEMS * AUDIT_BATCHES_MAX <= VERIFY_QUEUE_ITEMS_MAX, 'an audit fits the verifier');
relation(IMPORT_BATCH_BYTES_MAX + IMPORT_LINE_BYTES_MAX < API_BODY_BYTES_MAX, 'a batch of an import fits a request');
relation(IMPORT_BATCH_ENTRIES_MAX <= APPEND_BATCH_MAX, 'a batch of an import is one append');
relation(GOSSIP_BYTES_MAX * 8 < GOSSIP_RPC_BYTES_MAX, 'missed gossip messages fit an answer');
