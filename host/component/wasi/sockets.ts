import { GuestErr } from "../../core/wit/signature.ts";
import type { HostInterface } from "../../ports/components.ts";
import { refusedResource } from "./refused.ts";

const denied = () => {
  throw new GuestErr("access-denied");
};

/** What a socket would be opened in, if one could. */
class Network {
  readonly reaches = "nothing";
}

/** Sockets, where a component's language imports them without using them: nothing can be opened or looked up. */
export const sockets = {
  "wasi:sockets/instance-network": { instanceNetwork: () => new Network() },
  "wasi:sockets/network": { Network, networkErrorCode: () => undefined },
  "wasi:sockets/ip-name-lookup": {
    resolveAddresses: denied,
    ResolveAddressStream: refusedResource("wasi:sockets/ip-name-lookup.resolve-address-stream", {
      methods: ["resolveNextAddress", "subscribe"],
    }),
  },
  "wasi:sockets/tcp-create-socket": { createTcpSocket: denied },
  "wasi:sockets/udp-create-socket": { createUdpSocket: denied },
  "wasi:sockets/tcp": {
    TcpSocket: refusedResource("wasi:sockets/tcp.tcp-socket", {
      methods: [
        "startBind",
        "finishBind",
        "startConnect",
        "finishConnect",
        "startListen",
        "finishListen",
        "accept",
        "localAddress",
        "remoteAddress",
        "isListening",
        "addressFamily",
        "setListenBacklogSize",
        "keepAliveEnabled",
        "setKeepAliveEnabled",
        "keepAliveIdleTime",
        "setKeepAliveIdleTime",
        "keepAliveInterval",
        "setKeepAliveInterval",
        "keepAliveCount",
        "setKeepAliveCount",
        "hopLimit",
        "setHopLimit",
        "receiveBufferSize",
        "setReceiveBufferSize",
        "sendBufferSize",
        "setSendBufferSize",
        "subscribe",
        "shutdown",
      ],
    }),
  },
  "wasi:sockets/udp": {
    UdpSocket: refusedResource("wasi:sockets/udp.udp-socket", {
      methods: [
        "startBind",
        "finishBind",
        "stream",
        "localAddress",
        "remoteAddress",
        "addressFamily",
        "unicastHopLimit",
        "setUnicastHopLimit",
        "receiveBufferSize",
        "setReceiveBufferSize",
        "sendBufferSize",
        "setSendBufferSize",
        "subscribe",
      ],
    }),
    IncomingDatagramStream: refusedResource("wasi:sockets/udp.incoming-datagram-stream", {
      methods: ["receive", "subscribe"],
    }),
    OutgoingDatagramStream: refusedResource("wasi:sockets/udp.outgoing-datagram-stream", {
      methods: ["checkSend", "send", "subscribe"],
    }),
  },
} satisfies Readonly<Record<string, HostInterface>>;
