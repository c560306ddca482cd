# docs: app
require "securerandom"
require "sinatra"
require_relative "myusa" # the strategy

use Rack::Session::Cookie,
  key: "starter_session", same_site: :lax,
  secret: ENV["SESSION_SECRET"] || SecureRandom.hex(64)
use OmniAuth::Builder do
  provider :myusa, ENV["MYUSA_CLIENT_ID"], ENV["MYUSA_CLIENT_SECRET"],
    scope: "profile.email profile.first_name",
    client_options: { site: ENV["MYUSA_URL"] }
end
OmniAuth.config.failure_raise_out_environments = []

get "/" do
  erb :home
end

get "/auth/myusa/callback" do
  auth = request.env["omniauth.auth"]
  session.clear
  session["uid"] = auth.uid
  session["email"] = auth.info.email
  session["name"] = auth.info.first_name || auth.info.email
  redirect "/"
end

get "/auth/failure" do
  canceled = params["message"] == "access_denied"
  session["message"] =
    canceled ? "You canceled the sign-in." : "The sign-in failed. Try again."
  redirect "/"
end

post "/sign-out" do
  session.clear
  redirect "/"
end
# end

helpers do
  def csrf_field
    token = Rack::Protection::AuthenticityToken.token(session)
    %(<input type="hidden" name="authenticity_token" value="#{token}">)
  end
end
