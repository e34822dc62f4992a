import {
  bool,
  borrow,
  enumeration,
  func,
  list,
  methods,
  option,
  own,
  record,
  result,
  string,
  tuple,
  u8,
  u16,
  u32,
  u64,
  variant,
  type WrittenInterfaces,
} from "../../../core/wit/written-types.ts";

const errorCode = enumeration("error-code", [
  "unknown",
  "access-denied",
  "not-supported",
  "invalid-argument",
  "out-of-memory",
  "timeout",
  "concurrency-conflict",
  "not-in-progress",
  "would-block",
  "invalid-state",
  "new-socket-limit",
  "address-not-bindable",
  "address-in-use",
  "remote-unreachable",
  "connection-refused",
  "connection-reset",
  "connection-aborted",
  "datagram-too-large",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
]);
const ipAddress = variant("ip-address", {
  ipv4: tuple(u8, u8, u8, u8),
  ipv6: tuple(u16, u16, u16, u16, u16, u16, u16, u16),
});
const ipv4SocketAddress = record("ipv4-socket-address", { port: u16, address: tuple(u8, u8, u8, u8) });
const ipv6SocketAddress = record("ipv6-socket-address", {
  port: u16,
  "flow-info": u32,
  address: tuple(u16, u16, u16, u16, u16, u16, u16, u16),
  "scope-id": u32,
});
const ipSocketAddress = variant("ip-socket-address", { ipv4: ipv4SocketAddress, ipv6: ipv6SocketAddress });
const ipAddressFamily = enumeration("ip-address-family", ["ipv4", "ipv6"]);
const shutdownType = enumeration("shutdown-type", ["receive", "send", "both"]);
const incomingDatagram = record("incoming-datagram", { data: list(u8), "remote-address": ipSocketAddress });
const outgoingDatagram = record("outgoing-datagram", { data: list(u8), "remote-address": option(ipSocketAddress) });

/** The functions of `wasi:sockets`. */
export const socketsTypes = {
  "wasi:sockets/network": {
    "network-error-code": func({ err: borrow("error") }, option(errorCode)),
  },
  "wasi:sockets/instance-network": {
    "instance-network": func({}, own("network")),
  },
  "wasi:sockets/ip-name-lookup": {
    ...methods("resolve-address-stream", {
      "resolve-next-address": func({}, result(option(ipAddress), errorCode)),
      subscribe: func({}, own("pollable")),
    }),
    "resolve-addresses": func(
      { network: borrow("network"), name: string },
      result(own("resolve-address-stream"), errorCode),
    ),
  },
  "wasi:sockets/tcp": {
    ...methods("tcp-socket", {
      "start-bind": func(
        { network: borrow("network"), "local-address": ipSocketAddress },
        result(undefined, errorCode),
      ),
      "finish-bind": func({}, result(undefined, errorCode)),
      "start-connect": func(
        { network: borrow("network"), "remote-address": ipSocketAddress },
        result(undefined, errorCode),
      ),
      "finish-connect": func({}, result(tuple(own("input-stream"), own("output-stream")), errorCode)),
      "start-listen": func({}, result(undefined, errorCode)),
      "finish-listen": func({}, result(undefined, errorCode)),
      accept: func({}, result(tuple(own("tcp-socket"), own("input-stream"), own("output-stream")), errorCode)),
      "local-address": func({}, result(ipSocketAddress, errorCode)),
      "remote-address": func({}, result(ipSocketAddress, errorCode)),
      "is-listening": func({}, bool),
      "address-family": func({}, ipAddressFamily),
      "set-listen-backlog-size": func({ value: u64 }, result(undefined, errorCode)),
      "keep-alive-enabled": func({}, result(bool, errorCode)),
      "set-keep-alive-enabled": func({ value: bool }, result(undefined, errorCode)),
      "keep-alive-idle-time": func({}, result(u64, errorCode)),
      "set-keep-alive-idle-time": func({ value: u64 }, result(undefined, errorCode)),
      "keep-alive-interval": func({}, result(u64, errorCode)),
      "set-keep-alive-interval": func({ value: u64 }, result(undefined, errorCode)),
      "keep-alive-count": func({}, result(u32, errorCode)),
      "set-keep-alive-count": func({ value: u32 }, result(undefined, errorCode)),
      "hop-limit": func({}, result(u8, errorCode)),
      "set-hop-limit": func({ value: u8 }, result(undefined, errorCode)),
      "receive-buffer-size": func({}, result(u64, errorCode)),
      "set-receive-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
      "send-buffer-size": func({}, result(u64, errorCode)),
      "set-send-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
      subscribe: func({}, own("pollable")),
      shutdown: func({ "shutdown-type": shutdownType }, result(undefined, errorCode)),
    }),
  },
  "wasi:sockets/tcp-create-socket": {
    "create-tcp-socket": func({ "address-family": ipAddressFamily }, result(own("tcp-socket"), errorCode)),
  },
  "wasi:sockets/udp": {
    ...methods("udp-socket", {
      "start-bind": func(
        { network: borrow("network"), "local-address": ipSocketAddress },
        result(undefined, errorCode),
      ),
      "finish-bind": func({}, result(undefined, errorCode)),
      stream: func(
        { "remote-address": option(ipSocketAddress) },
        result(tuple(own("incoming-datagram-stream"), own("outgoing-datagram-stream")), errorCode),
      ),
      "local-address": func({}, result(ipSocketAddress, errorCode)),
      "remote-address": func({}, result(ipSocketAddress, errorCode)),
      "address-family": func({}, ipAddressFamily),
      "unicast-hop-limit": func({}, result(u8, errorCode)),
      "set-unicast-hop-limit": func({ value: u8 }, result(undefined, errorCode)),
      "receive-buffer-size": func({}, result(u64, errorCode)),
      "set-receive-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
      "send-buffer-size": func({}, result(u64, errorCode)),
      "set-send-buffer-size": func({ value: u64 }, result(undefined, errorCode)),
      subscribe: func({}, own("pollable")),
    }),
    ...methods("incoming-datagram-stream", {
      receive: func({ "max-results": u64 }, result(list(incomingDatagram), errorCode)),
      subscribe: func({}, own("pollable")),
    }),
    ...methods("outgoing-datagram-stream", {
      "check-send": func({}, result(u64, errorCode)),
      send: func({ datagrams: list(outgoingDatagram) }, result(u64, errorCode)),
      subscribe: func({}, own("pollable")),
    }),
  },
  "wasi:sockets/udp-create-socket": {
    "create-udp-socket": func({ "address-family": ipAddressFamily }, result(own("udp-socket"), errorCode)),
  },
} satisfies WrittenInterfaces;
