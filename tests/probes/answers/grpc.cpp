// unix_sockets PATH: the health service that comes with gRPC is asked over one.
#include "check.hpp"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

int main(int, char** words) {
    const std::string where = "unix:" + std::string(words[2]);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    grpc::CallbackGenericService others;
    builder.RegisterCallbackGenericService(&others);
    builder.AddListeningPort(where, grpc::InsecureServerCredentials());
    const auto server = builder.BuildAndStart();
    check(server != nullptr, "the server did not start");
    const auto channel = grpc::CreateChannel(where, grpc::InsecureChannelCredentials());
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const grpc::ByteBuffer nothing(nullptr, 0);
    const auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", nothing, &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool fine = false;
    check(queue.Next(&tag, &fine) && fine && status.ok() && answer.Length() > 0, status.error_message());
    server->Shutdown();
}
