// http1, tls PEM CA: a POST is answered.
#define CPPHTTPLIB_OPENSSL_SUPPORT
#include "check.hpp"

#include <httplib.h>

#include <thread>

void talk(httplib::Server& server, const std::function<httplib::Result(int)>& ask) {
    server.Post("/", [](const httplib::Request& request, httplib::Response& answer) {
        answer.set_content(request.body + " pong", "text/plain");
    });
    const int port = server.bind_to_any_port("127.0.0.1");
    std::thread serving([&] { server.listen_after_bind(); });
    while (!server.is_running()) std::this_thread::yield();
    const auto answer = ask(port);
    server.stop();
    serving.join();
    check(answer && answer->body == "ping pong", "no answer: " + httplib::to_string(answer.error()));
}

int main(int, char** words) {
    if (std::string(words[1]) != "tls") {
        httplib::Server server;
        talk(server, [](int port) { return httplib::Client("127.0.0.1", port).Post("/", "ping", "text/plain"); });
        return 0;
    }
    httplib::SSLServer server(words[2], words[2]);
    talk(server, [&](int port) {
        httplib::SSLClient client("localhost", port);
        client.set_ca_cert_path(words[3]);
        client.enable_server_certificate_verification(true);
        return client.Post("/", "ping", "text/plain");
    });
}
