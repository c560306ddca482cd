# An application without a database: what the starter needs of `rails new`.
require "logger"
require "rails"
require "action_controller/railtie"
require "omniauth-oauth2"
require "omniauth/rails_csrf_protection"
require "securerandom"

MYUSA_URL = ENV.fetch("MYUSA_URL", "http://127.0.0.1:8000")

class Starter < Rails::Application
  config.root = File.expand_path("..", __dir__)
  config.load_defaults 6.1
  config.eager_load = false
  config.consider_all_requests_local = false
  config.logger = Logger.new($stdout)
  config.secret_key_base = ENV["SECRET_KEY_BASE"] || SecureRandom.hex(64)
  # Encrypted. Cookies know no ports: a name of its own keeps apart what runs on one machine.
  config.session_store :cookie_store, key: "starter_session", same_site: :lax
end
