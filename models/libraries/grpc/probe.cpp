// gRPC: one call a batch, or messages on one bidirectional stream; the synchronous server that comes with it.
#include "probe.hpp"

#include "intake.grpc.pb.h"

#include <fstream>
#include <grpc/grpc_security.h>
#include <grpcpp/grpcpp.h>

namespace {

using namespace probe;
using grpc::ServerContext;
using grpc::Status;
using wavetank::Answer;
using wavetank::Batch;
using wavetank::Intake;

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view bearer(const ServerContext& context) {
    const auto found = context.client_metadata().find("authorization");
    if (found == context.client_metadata().end()) return {};
    return {found->second.data(), found->second.size()};
}

std::uint32_t count(const Batch& batch, std::string_view token) {
    std::size_t events = 0;
    check_token(token);
    for (const std::string& event : batch.events()) events += count_events(event);
    return static_cast<std::uint32_t>(events);
}

class Service final : public Intake::Service {
    Status Deliver(ServerContext* context, const Batch* batch, Answer* answer) override {
        answer->set_accepted(count(*batch, bearer(*context)));
        return Status::OK;
    }

    Status Stream(ServerContext* context, grpc::ServerReaderWriter<Answer, Batch>* stream) override {
        Batch batch;
        Answer answer;
        while (stream->Read(&batch)) {
            answer.set_accepted(count(batch, bearer(*context)));
            stream->Write(answer);
        }
        return Status::OK;
    }
};

[[noreturn]] void serve(const Options& options) {
    auto credentials = grpc::InsecureServerCredentials();
    if (options.secure()) {
        grpc::SslServerCredentialsOptions keys;
        const std::string pem = content(options.get("cert"));
        keys.pem_key_cert_pairs.push_back({content(options.get("key")), pem.substr(pem.find("-----BEGIN CERT"))});
        credentials = grpc::SslServerCredentials(keys);
    }
    Service service;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + options.get("port", "0"), credentials, &port);
    builder.RegisterService(&service);
    const auto server = builder.BuildAndStart();
    if (!server) throw std::runtime_error("the server did not start");
    listening(static_cast<std::uint16_t>(port));
    server->Wait();
    throw std::runtime_error("the server ended");
}

Batch as_batch(const std::string& body) {
    Batch batch;
    for (std::size_t at = 0; at < body.size(); at += event_bytes) batch.add_events(body.substr(at, event_bytes));
    return batch;
}

class Unary : public Connection {
public:
    explicit Unary(const std::shared_ptr<grpc::Channel>& channel) : stub_(Intake::NewStub(channel)) {}

    std::string deliver(const std::string& token, const std::string& body) override {
        grpc::ClientContext context;
        context.AddMetadata("authorization", token);
        Answer answer;
        const Status status = stub_->Deliver(&context, as_batch(body), &answer);
        if (!status.ok()) throw std::runtime_error(status.error_message());
        if (std::exchange(first_, false)) note_resumption(context);
        return acknowledgement(answer.accepted());
    }

private:
    static void note_resumption(const grpc::ClientContext& context) {
        for (const auto& said : context.auth_context()->FindPropertyValues(GRPC_SSL_SESSION_REUSED_PROPERTY))
            if (said == "true") ++resumptions();
    }

    bool first_ = true;
    std::unique_ptr<Intake::Stub> stub_;
};

class Stream : public Connection {
public:
    Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& bearer) : stub_(Intake::NewStub(channel)) {
        context_.AddMetadata("authorization", bearer);
        stream_ = stub_->Stream(&context_);
    }
    ~Stream() override { context_.TryCancel(); }

    std::string deliver(const std::string&, const std::string& body) override {
        Answer answer;
        if (!stream_->Write(as_batch(body)) || !stream_->Read(&answer)) throw std::runtime_error("the stream broke");
        return acknowledgement(answer.accepted());
    }

private:
    std::unique_ptr<Intake::Stub> stub_;
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReaderWriter<Batch, Answer>> stream_;
};

Open dial(const Options& options) {
    auto credentials = grpc::InsecureChannelCredentials();
    if (options.secure()) {
        grpc::SslCredentialsOptions keys;
        keys.pem_root_certs = content(options.get("ca"));
        credentials = grpc::SslCredentials(keys);
    }
    const bool secure = options.secure();
    const auto sessions = options.resumed() ? grpc_ssl_session_cache_create_lru(1) : nullptr;
    const std::string server = "127.0.0.1:" + options.get("port");
    return [credentials, secure, sessions, server](bool stream) -> std::unique_ptr<Connection> {
        grpc::ChannelArguments arguments;
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // else channels share one connection
        arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
        if (secure) arguments.SetSslTargetNameOverride("localhost");
        if (sessions) {
            const grpc_arg kept = grpc_ssl_session_cache_create_channel_arg(sessions);
            arguments.SetPointerWithVtable(kept.key, kept.value.pointer.p, kept.value.pointer.vtable);
        }
        const auto channel = grpc::CreateCustomChannel(server, credentials, arguments);
        if (stream) return std::make_unique<Stream>(channel, token());
        return std::make_unique<Unary>(channel);
    };
}

}  // namespace

int main(int argc, char** words) {
    const std::string about = "{\"versions\":{\"gRPC\":\"" + grpc::Version()
        + "\",\"protobuf\":\"" + google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION)
        + "\"},\"protocol\":\"grpc\",\"stream_protocol\":\"grpc\",\"tls\":[\"none\",\"full\",\"resumed\"]}";
    return run(argc, words, {about, serve, dial});
}
