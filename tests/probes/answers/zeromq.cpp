// Each pattern, one message; unix_sockets PATH by ipc://; tcp PORT with a plain TCP server that echoes.
#include "check.hpp"

#include <zmq.hpp>

#include <thread>

std::string receive(zmq::socket_t& socket) {
    zmq::message_t message;
    check(socket.recv(message).has_value(), "nothing came");
    return message.to_string();
}

int main(int, char** words) {
    using zmq::socket_type;
    const std::string cell = words[1];
    zmq::context_t context;
    auto socket = [&](socket_type type) {
        zmq::socket_t made(context, type);
        made.set(zmq::sockopt::linger, 0);
        made.set(zmq::sockopt::rcvtimeo, 10000);
        return made;
    };
    if (cell == "tcp") {
        auto stream = socket(socket_type::stream);
        stream.connect("tcp://127.0.0.1:" + std::string(words[2]));
        const std::string peer = receive(stream);
        check(receive(stream).empty(), "no connection");
        stream.send(zmq::buffer(peer), zmq::send_flags::sndmore);
        stream.send(zmq::str_buffer("ping"), zmq::send_flags::none);
        check(receive(stream) == peer && receive(stream) == "ping", "other bytes");
        return 0;
    }
    const bool reply = cell == "request_reply", publish = cell == "publish_subscribe";
    const std::string where = cell == "unix_sockets" ? "ipc://" + std::string(words[2]) : "tcp://127.0.0.1:*";
    auto from = socket(reply ? socket_type::rep : publish ? socket_type::pub : socket_type::push);
    auto to = socket(reply ? socket_type::req : publish ? socket_type::sub : socket_type::pull);
    from.bind(where);
    to.connect(from.get(zmq::sockopt::last_endpoint));
    if (reply) {
        to.send(zmq::str_buffer("ask"), zmq::send_flags::none);
        check(receive(from) == "ask", "another question");
    }
    if (publish) {
        to.set(zmq::sockopt::subscribe, "p");
        to.set(zmq::sockopt::rcvtimeo, 100);
        zmq::message_t message;
        for (int i = 0; i < 100 && message.size() == 0; ++i) {  // a subscription takes its time
            from.send(zmq::str_buffer("other"), zmq::send_flags::none);
            from.send(zmq::str_buffer("ping"), zmq::send_flags::none);
            if (!to.recv(message)) message.rebuild();
        }
        check(message.to_string() == "ping", "another topic");
        return 0;
    }
    from.send(zmq::str_buffer("ping"), zmq::send_flags::none);
    check(receive(to) == "ping", "another message");
}
