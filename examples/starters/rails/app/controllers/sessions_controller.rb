# docs: sign-in
class SessionsController < ApplicationController
  def create
    auth = request.env["omniauth.auth"]
    reset_session
    session[:uid] = auth.uid
    session[:token] = auth.credentials.to_hash
    redirect_to root_path
  end

  def failure
    flash[:message] =
      if params[:message] == "access_denied"
        "You canceled the sign-in."
      else
        "The sign-in failed. Try again."
      end
    redirect_to root_path
  end

  # docs: sign-out
  def destroy
    MyusaAccount.new(session[:token]).revoke if session[:token]
    reset_session
    redirect_to root_path, status: :see_other
  end
  # end
end
# end
