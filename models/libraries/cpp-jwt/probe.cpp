// cpp-jwt, header only. It parses the key whenever it signs or verifies, and has no EdDSA.
#include "tokens.hpp"

#include <jwt/jwt.hpp>
#include <openssl/crypto.h>

namespace {

using namespace probe;
namespace params = jwt::params;

class Jwt : public Signer {
public:
    Jwt(std::string algorithm, const std::string& signing, const std::string& verifying)
        : algorithm_(std::move(algorithm)), key_(signing + verifying) {}

    std::string sign() override {
        const long now = now_s();
        jwt::jwt_object made{params::algorithm(algorithm_), params::secret(key_)};
        made.add_claim("iss", issuer)
            .add_claim("aud", audience)
            .add_claim("sub", subject)
            .add_claim("jti", identity)
            .add_claim("iat", now)
            .add_claim("exp", now + lifetime_s);
        return made.signature();
    }

    bool verify(const std::string& token) override {
        std::error_code wrong;
        jwt::decode(token, params::algorithms({algorithm_}), wrong, params::secret(key_), params::verify(true),
            params::issuer(issuer), params::aud(audience));
        return !wrong;
    }

private:
    std::string algorithm_, key_;
};

}  // namespace

int main(int count, char** words) {
    const std::string about = std::string("{\"versions\":{\"cpp-jwt\":\"header\",\"OpenSSL\":\"")
        + OpenSSL_version(OPENSSL_VERSION_STRING)
        + "\"},\"algorithms\":[\"HS256\",\"RS256\",\"ES256\"],\"keys\":[\"parsed\"]}";
    return run_tokens(count, words, about, [](const auto& algorithm, const auto& signing, const auto& verifying) {
        return std::make_unique<Jwt>(algorithm, signing, verifying);
    });
}
