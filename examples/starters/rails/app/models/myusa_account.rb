# docs: profile
# A person's tokens, and what they are good for. `token` is what to keep in the session.
class MyusaAccount
  LEEWAY = 60

  def initialize(token)
    client_id, secret = ENV.values_at("MYUSA_CLIENT_ID", "MYUSA_CLIENT_SECRET")
    options = { client_options: { site: MYUSA_URL } }
    client = OmniAuth::Strategies::Myusa.new(nil, client_id, secret, options).client
    @access = OAuth2::AccessToken.new(client, token["token"],
      refresh_token: token["refresh_token"], expires_at: token["expires_at"])
  end

  def token
    { "token" => @access.token, "refresh_token" => @access.refresh_token,
      "expires_at" => @access.expires_at }
  end

  def profile
    @access = @access.refresh! if @access.expires_at - LEEWAY < Time.now.to_i
    @access.get("/api/v1/profile").parsed
  end

  def revoke
    @access.client.request(:post, "/oauth/revoke",
      body: { token: @access.refresh_token },
      headers: { "Content-Type" => "application/x-www-form-urlencoded" })
  end
end
# end
