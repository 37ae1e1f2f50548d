// A server for HTTP and WebSocket, with "tls PEM" over TLS: says its port, and answers until its input ends.
#include "check.hpp"

#include <restinio/all.hpp>
#include <restinio/tls.hpp>
#include <restinio/websocket/websocket.hpp>

namespace rws = restinio::websocket::basic;

template <class Base>
struct Traits : Base {
    using logger_t = restinio::null_logger_t;
};

template <class Kind>
auto handler() {
    return [sockets = std::map<std::uint64_t, rws::ws_handle_t>{}](const auto& request) mutable {
        if (request->header().connection() == restinio::http_connection_header_t::upgrade) {
            auto socket = rws::upgrade<Kind>(*request, rws::activation_t::immediate,
                [](const rws::ws_handle_t& from, const rws::message_handle_t& message) {
                    if (message->opcode() == rws::opcode_t::text_frame) from->send_message(*message);
                });
            sockets.emplace(socket->connection_id(), socket);
            return restinio::request_accepted();
        }
        return request->create_response().set_body(request->body() + " pong").done();
    };
}

template <class Kind, class More>
void serve(const More& more) {
    restinio::server_settings_t<Kind> settings;
    settings.address("127.0.0.1").port(0).request_handler(handler<Kind>());
    unsigned port = 0;
    settings.acceptor_post_bind_hook([&port](auto& acceptor) { port = acceptor.local_endpoint().port(); });
    more(settings);
    const auto server = restinio::run_async(restinio::own_io_context(), std::move(settings), 1);
    std::cout << port << std::endl;
    std::cin.get();
}

int main(int count, char** words) {
    if (count < 3) return serve<Traits<restinio::default_traits_t>>([](auto&) {}), 0;
    serve<Traits<restinio::default_tls_traits_t>>([&](auto& settings) {
        asio::ssl::context context(asio::ssl::context::tls_server);
        context.use_certificate_chain_file(words[2]);
        context.use_private_key_file(words[2], asio::ssl::context::pem);
        settings.tls_context(std::move(context));
    });
}
