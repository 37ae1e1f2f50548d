// A request with its answer on one stream, and data both ways: a client and a server session, joined by memory.
#include "check.hpp"

#include <nghttp2/nghttp2.h>

#include <cstring>

struct End {
    nghttp2_session* session = nullptr;
    std::string got;
    int32_t stream = 0;
};

ssize_t give(nghttp2_session*, int32_t, uint8_t* into, size_t, uint32_t* flags, nghttp2_data_source* source, void*) {
    const auto* text = static_cast<const char*>(source->ptr);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    std::memcpy(into, text, 4);
    return 4;
}

nghttp2_nv pair(const char* name, const char* value) {
    auto bytes = [](const char* text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text)); };
    return {bytes(name), bytes(value), std::strlen(name), std::strlen(value), NGHTTP2_NV_FLAG_NONE};
}

int ended(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    const bool body = frame->hd.type == NGHTTP2_DATA;
    if (body && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) static_cast<End*>(self)->stream = frame->hd.stream_id;
    return 0;
}

int data(nghttp2_session*, uint8_t, int32_t, const uint8_t* bytes, size_t size, void* self) {
    static_cast<End*>(self)->got.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
}

void move(End& from, End& to) {
    const uint8_t* bytes = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(from.session, &bytes)) > 0;)
        check(nghttp2_session_mem_recv(to.session, bytes, static_cast<size_t>(size)) == size, "a broken frame");
}

int main() {
    End client, server;
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, ended);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, data);
    nghttp2_session_client_new(&client.session, calls, &client);
    nghttp2_session_server_new(&server.session, calls, &server);
    for (End* end : {&client, &server}) nghttp2_submit_settings(end->session, NGHTTP2_FLAG_NONE, nullptr, 0);
    const nghttp2_nv asked[] = {
        pair(":method", "POST"), pair(":path", "/"), pair(":scheme", "http"), pair(":authority", "localhost")};
    nghttp2_data_provider ping{{0}, give}, pong{{0}, give};
    ping.source.ptr = const_cast<char*>("ping");
    pong.source.ptr = const_cast<char*>("pong");
    check(nghttp2_submit_request(client.session, nullptr, asked, 4, &ping, nullptr) > 0, "no request");
    for (int i = 0; i < 3; ++i) move(client, server), move(server, client);
    check(server.got == "ping" && server.stream == 1, "the request did not arrive");
    const nghttp2_nv status[] = {pair(":status", "200")};
    nghttp2_submit_response(server.session, server.stream, status, 1, &pong);
    for (int i = 0; i < 3; ++i) move(server, client), move(client, server);
    check(client.got == "pong" && client.stream == 1, "the answer did not arrive");
}
