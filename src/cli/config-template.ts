/** The config.yaml that `init` writes: every setting with its default, commented out where the default is meant to move with the program. */
export const CONFIG_TEMPLATE = `# yaml-language-server: $schema=config.schema.json
# Configuration of a Tessrax node. Every setting can also be given as an environment variable TESSRAX_<NAME>, which wins over this
# file, and most as a flag of "tessrax start", which wins over both. Paths are relative to this folder. Lines behind a # show the defaults.

# The node's private key, and the file that says which federation it belongs to.
key: node.key
federation: federation.json

# Where other nodes reach this one, and where to find the first of them (with /p2p/ and the peer ID at the end).
#listen:
#  - /ip4/0.0.0.0/tcp/4001
#bootstrap:
#  - /dns4/node.example.org/tcp/4001/p2p/12D3KooW...

# Finding nodes on the local network, and through the federation's own DHT: lan passes on every address, public only those that can be
# reached from anywhere; or off.
#mdns: true
#dht: lan

# A libp2p swarm key that all nodes share: without it nobody gets as far as a handshake. Not needed for safety; it hides the network.
#psk: swarm.key

# The HTTP API. Beyond 127.0.0.1 whoever writes needs the token in this file, which is made at the first start.
#api: 127.0.0.1:7420
#api_token_file: api.token
# Names of this machine under which the API is asked for, beside addresses and names without a dot.
#api_hosts: []

# debug, info, warn, error or silent
#log_level: info

# Only for the very first node of a new federation: it may write before any peer has answered. On any other it risks the feed.
#alone: false

# Time between two heartbeats while there is something new; idle ones are rarer.
#heartbeat_interval_ms: 5000
`;
