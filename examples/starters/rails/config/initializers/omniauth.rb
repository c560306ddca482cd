# docs: setup
require Rails.root.join("lib/omniauth/strategies/myusa")

Rails.application.config.middleware.use OmniAuth::Builder do
  provider :myusa, ENV["MYUSA_CLIENT_ID"], ENV["MYUSA_CLIENT_SECRET"],
    scope: "profile.email profile.first_name",
    client_options: { site: MYUSA_URL }
end

# Canceled and failed sign-ins go to /auth/failure in every environment.
OmniAuth.config.failure_raise_out_environments = []
# end
