// libjwt of version 1. It parses the key whenever it signs or verifies; the claims are the caller's to check.
#include "tokens.hpp"

#include <cstdlib>
#include <jwt.h>

namespace {

using namespace probe;
using Token = std::unique_ptr<jwt_t, decltype(&jwt_free)>;

void need(int failed) {
    if (failed) throw std::runtime_error("libjwt refused");
}

const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

class Jwt : public Signer {
public:
    Jwt(const std::string& algorithm, const std::string& signing, const std::string& verifying)
        : algorithm_(jwt_str_alg(algorithm.c_str())), key_(signing + verifying) {}

    std::string sign() override {
        const long now = now_s();
        jwt_t* made = nullptr;
        need(jwt_new(&made));
        const Token token(made, jwt_free);
        need(jwt_add_grant(made, "iss", issuer.c_str()));
        need(jwt_add_grant(made, "aud", audience.c_str()));
        need(jwt_add_grant(made, "sub", subject.c_str()));
        need(jwt_add_grant(made, "jti", identity.c_str()));
        need(jwt_add_grant_int(made, "iat", now));
        need(jwt_add_grant_int(made, "exp", now + lifetime_s));
        need(jwt_set_alg(made, algorithm_, bytes_of(key_), static_cast<int>(key_.size())));
        char* text = jwt_encode_str(made);
        need(text == nullptr);
        std::string copy(text);
        std::free(text);
        return copy;
    }

    bool verify(const std::string& text) override {
        jwt_t* read = nullptr;
        if (jwt_decode(&read, text.c_str(), bytes_of(key_), static_cast<int>(key_.size()))) return false;
        const Token token(read, jwt_free);
        const char* from = jwt_get_grant(read, "iss");
        const char* to = jwt_get_grant(read, "aud");
        return jwt_get_alg(read) == algorithm_ && from && issuer == from && to && audience == to
            && jwt_get_grant_int(read, "exp") > now_s();
    }

private:
    jwt_alg_t algorithm_;
    std::string key_;
};

}  // namespace

int main(int count, char** words) {
    const std::string about = "{\"versions\":{\"libjwt\":\"" LIBJWT_VERSION
        "\"},\"algorithms\":[\"HS256\",\"RS256\",\"ES256\"],\"keys\":[\"parsed\"]}";
    return run_tokens(count, words, about, [](const auto& algorithm, const auto& signing, const auto& verifying) {
        return std::make_unique<Jwt>(algorithm, signing, verifying);
    });
}
