# docs: profile
class HomeController < ApplicationController
  def show
    return unless session[:token]

    account = MyusaAccount.new(session[:token])
    @profile = account.profile
    session[:token] = account.token
  rescue OAuth2::Error
    # The refresh token (400) or the access token (401) no longer works.
    reset_session
    flash.now[:message] = "You were signed out. Sign in again."
  end
end
# end
