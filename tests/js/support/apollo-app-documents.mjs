// The documents of the app in `apollo-app.mjs`.

import { gql } from '@apollo/client';

const ACCOUNT = gql`
  fragment Account on Query {
    client { id signUp { id status } sessions { id status } }
    viewer { id primaryEmailAddress { id emailAddress } }
  }
`;
export const SHOWN = gql`
  query Shown { ...Account }
  ${ACCOUNT}
`;
export const UPDATED = gql`
  subscription Updated { clientUpdated { query { ...Account } } }
  ${ACCOUNT}
`;
export const SIGN_UP = gql`
  mutation SignUp($emailAddress: String!, $password: String!) {
    signUpCreate(input: { emailAddress: $emailAddress, password: $password, strategy: EMAIL_CODE }) {
      query { ...Account }
      userErrors { longMessage }
    }
  }
  ${ACCOUNT}
`;
export const VERIFY = gql`
  mutation Verify($id: ID!, $code: String!) {
    signUpAttemptVerification(input: { signUpId: $id, proof: { emailCode: $code } }) {
      query { ...Account }
      userErrors { longMessage }
    }
  }
  ${ACCOUNT}
`;
export const SIGN_IN = gql`
  mutation SignIn($identifier: String!, $password: String!) {
    signInCreate(input: { identifier: $identifier, proof: { password: $password } }) {
      query { ...Account }
      userErrors { longMessage }
    }
  }
  ${ACCOUNT}
`;
export const SESSION_TOKEN = gql`
  mutation SessionToken {
    sessionTokenCreate { token { jwt } userErrors { longMessage } }
  }
`;
export const SESSION_END = gql`
  mutation SessionEnd {
    sessionEnd { query { ...Account } userErrors { longMessage } }
  }
  ${ACCOUNT}
`;
