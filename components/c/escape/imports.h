/* The imports as the canonical ABI has them: numbers and pointers, so that any of them can be wrong. */
#ifndef IMPORTS_H
#define IMPORTS_H
#include "../component.h"

#define WASI(interface, function) IMPORT("wasi:" interface "@0.2.12", function)

IMPORT("obelisk:log/log@1.0.0", "info") extern void log_info(u32 text, u32 length);

WASI("cli/environment", "get-environment") extern void get_environment(u32 list);
WASI("cli/exit", "exit") extern void wasi_exit(u32 status);
WASI("cli/stdout", "get-stdout") extern u32 get_stdout(void);
WASI("clocks/monotonic-clock", "subscribe-duration") extern u32 subscribe_duration(u64 nanoseconds);

WASI("filesystem/preopens", "get-directories") extern void get_directories(u32 list);
WASI("filesystem/types", "[method]descriptor.open-at")
extern void open_at(u32 self, u32 path_flags, u32 path, u32 length, u32 open_flags, u32 flags, u32 result);

WASI("io/poll", "poll") extern void poll_list(u32 list, u32 length, u32 result);
WASI("io/poll", "[method]pollable.block") extern void pollable_block(u32 self);
WASI("io/poll", "[resource-drop]pollable") extern void pollable_drop(u32 self);
WASI("io/streams", "[method]output-stream.blocking-write-and-flush")
extern void stream_write(u32 self, u32 bytes, u32 length, u32 result);
WASI("io/streams", "[resource-drop]output-stream") extern void stream_drop(u32 self);

WASI("http/types", "[constructor]fields") extern u32 new_fields(void);
WASI("http/types", "[constructor]outgoing-request") extern u32 new_request(u32 fields);
WASI("http/types", "[method]outgoing-request.set-scheme")
extern u32 set_scheme(u32 self, u32 some, u32 scheme, u32 other, u32 length);
WASI("http/types", "[method]outgoing-request.set-authority")
extern u32 set_authority(u32 self, u32 some, u32 text, u32 length);
WASI("http/types", "[method]outgoing-request.set-path-with-query")
extern u32 set_path(u32 self, u32 some, u32 text, u32 length);
WASI("http/types", "[method]future-incoming-response.subscribe") extern u32 future_subscribe(u32 self);
WASI("http/types", "[method]future-incoming-response.get") extern void future_get(u32 self, u32 result);
WASI("http/types", "[method]incoming-response.status") extern u32 response_status(u32 self);
WASI("http/outgoing-handler", "handle") extern void handle(u32 request, u32 some, u32 options, u32 result);

WASI("sockets/instance-network", "instance-network") extern u32 instance_network(void);
WASI("sockets/ip-name-lookup", "resolve-addresses")
extern void resolve_addresses(u32 network, u32 name, u32 length, u32 result);
WASI("sockets/tcp-create-socket", "create-tcp-socket") extern void create_tcp_socket(u32 family, u32 result);
WASI("sockets/tcp", "[method]tcp-socket.start-connect")
extern void start_connect(u32 self, u32 network, u32 family, u32 port, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g,
                          u32 h, u32 i, u32 j, u32 result);

#endif
