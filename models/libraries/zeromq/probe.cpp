// ZeroMQ: DEALER at the client, ROUTER at the server; a message has the token and the events as its frames.
#include "probe.hpp"

#include <array>
#include <zmq.hpp>

namespace {

using namespace probe;
using Key = std::array<char, 41>;  // Z85, as CURVE has it

void make_pair(Key& open, Key& secret) {
    if (zmq_curve_keypair(open.data(), secret.data()) != 0) throw std::runtime_error("CURVE is not built in");
}

std::string_view text(const zmq::message_t& frame) { return {frame.data<char>(), frame.size()}; }

void receive(zmq::socket_t& socket, zmq::message_t& frame) {
    if (!socket.recv(frame)) throw std::runtime_error("nothing received");
}

[[noreturn]] void serve(const Options& options) {
    zmq::context_t context(1);
    zmq::socket_t socket(context, zmq::socket_type::router);
    std::string more;
    if (options.tls() == "curve") {
        Key open, secret;
        make_pair(open, secret);
        socket.set(zmq::sockopt::curve_server, true);
        socket.set(zmq::sockopt::curve_secretkey, secret.data());
        std::string quoted;
        for (const char letter : std::string(open.data())) quoted += std::string(letter == '\\' ? 1 : 0, '\\') + letter;
        more = ",\"client\":[\"--server-key\",\"" + quoted + "\"]";
    }
    socket.bind("tcp://127.0.0.1:*");
    const std::string address = socket.get(zmq::sockopt::last_endpoint);
    listening(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))), more);
    zmq::message_t peer, bearer, body;
    for (;;) {
        receive(socket, peer);
        receive(socket, bearer);
        receive(socket, body);
        const std::string answer = acknowledgement(accept_events(text(bearer), text(body)));
        socket.send(peer, zmq::send_flags::sndmore);
        socket.send(zmq::buffer(answer), zmq::send_flags::none);
    }
}

class Dealer : public Connection {
public:
    explicit Dealer(zmq::socket_t socket) : socket_(std::move(socket)) {}

    std::string deliver(const std::string& token, const std::string& body) override {
        socket_.send(zmq::buffer(token), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(body), zmq::send_flags::none);
        zmq::message_t answer;
        receive(socket_, answer);
        return std::string(text(answer));
    }

private:
    zmq::socket_t socket_;
};

Open dial(const Options& options) {
    const auto context = std::make_shared<zmq::context_t>(1);
    context->set(zmq::ctxopt::max_sockets, 4096);
    const std::string server = "tcp://127.0.0.1:" + options.get("port");
    const std::string server_key = options.get("server-key");
    Key open{}, secret{};
    if (!server_key.empty()) make_pair(open, secret);
    return [=](bool) {
        zmq::socket_t socket(*context, zmq::socket_type::dealer);
        socket.set(zmq::sockopt::linger, 0);
        if (!server_key.empty()) {
            socket.set(zmq::sockopt::curve_serverkey, server_key);
            socket.set(zmq::sockopt::curve_publickey, open.data());
            socket.set(zmq::sockopt::curve_secretkey, secret.data());
        }
        socket.connect(server);
        return std::make_unique<Dealer>(std::move(socket));
    };
}

}  // namespace

int main(int count, char** words) {
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    std::ostringstream about;
    about << "{\"versions\":{\"libzmq\":\"" << major << "." << minor << "." << patch << "\",\"cppzmq\":\""
          << CPPZMQ_VERSION_MAJOR << "." << CPPZMQ_VERSION_MINOR << "." << CPPZMQ_VERSION_PATCH
          << "\"},\"protocol\":\"zmtp\",\"tls\":[\"none\"" << (zmq_has("curve") ? ",\"curve\"" : "") << "]}";
    return run(count, words, {about.str(), serve, dial});
}
