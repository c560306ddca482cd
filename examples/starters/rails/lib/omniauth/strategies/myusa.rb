# docs: setup
require "omniauth-oauth2"

module OmniAuth
  module Strategies
    # Same name, paths, uid, info and extra as the strategy for MyUSA v0.
    class Myusa < OmniAuth::Strategies::OAuth2
      option :name, "myusa"
      option :pkce, true
      option :client_options, {
        authorize_url: "/oauth/authorize",
        token_url: "/oauth/token",
        auth_scheme: :basic_auth
      }

      uid { raw_info["uid"] }

      info do
        names = raw_info.values_at("first_name", "last_name").compact
        {
          name: names.empty? ? raw_info["email"] : names.join(" "),
          email: raw_info["email"],
          first_name: raw_info["first_name"],
          last_name: raw_info["last_name"]
        }
      end

      extra { { "raw_info" => raw_info } }

      def raw_info
        @raw_info ||= access_token.get("/api/v1/profile").parsed
      end

      # The address that you registered, without the parameters of this request.
      def callback_url
        full_host + callback_path
      end
    end
  end
end
# end
